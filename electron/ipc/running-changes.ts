// Changes of many rows that go on in processes of their own: one a dataset, how far each is, and the way to end it. Ending its process is
// enough, because nothing of such a change is seen before its last step.

import type { RunningChange } from "../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../shared/errors.ts";

export class RunningChanges {
  readonly #going = new Map<number, { readonly controller: AbortController; change: RunningChange }>();

  /** In the order they were begun. */
  list(): readonly RunningChange[] {
    return [...this.#going.values()].map(({ change }) => change);
  }

  /** False where no change of the dataset goes on. */
  cancel(datasetId: number): boolean {
    this.#going.get(datasetId)?.controller.abort();
    return this.#going.has(datasetId);
  }

  /**
   * The work says how far it is by `report`. Throws "invalid-argument" while another change of the dataset goes on, and what the work
   * throws.
   */
  async run<Outcome>(
    change: RunningChange,
    work: (signal: AbortSignal, report: (done: number, total: number) => void) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { datasetId } = change;
    if (this.#going.has(datasetId)) {
      throw new WorkbenchError("invalid-argument", "another change of this dataset goes on", { hint: "Wait for it, or cancel it." });
    }
    const going = { controller: new AbortController(), change };
    this.#going.set(datasetId, going);
    try {
      return await work(going.controller.signal, (done, total) => (going.change = { ...change, done, total }));
    } finally {
      this.#going.delete(datasetId);
    }
  }
}
