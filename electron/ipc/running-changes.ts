// Changes of many rows that go on in processes of their own: one a dataset, and the way to end it. Ending its process is enough, because
// such a change is one transaction.

import { WorkbenchError } from "../../shared/errors.ts";

export class RunningChanges {
  readonly #going = new Map<number, AbortController>();

  /** False where no change of the dataset goes on. */
  cancel(datasetId: number): boolean {
    this.#going.get(datasetId)?.abort();
    return this.#going.has(datasetId);
  }

  /** Throws "invalid-argument" while another change of the dataset goes on, and what the work throws. */
  async run<Outcome>(datasetId: number, work: (signal: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    if (this.#going.has(datasetId)) {
      throw new WorkbenchError("invalid-argument", "another change of this dataset goes on", { hint: "Wait for it, or cancel it." });
    }
    const controller = new AbortController();
    this.#going.set(datasetId, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#going.delete(datasetId);
    }
  }
}
