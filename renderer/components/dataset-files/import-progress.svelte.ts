// An import that this page asked for, how far it is meanwhile, and the way to end it. The call answers when all is done.

import type { InputOf, OutputOf } from "../../../shared/contract/contract.ts";
import { call } from "../../lib/client.ts";

const LOOK_EVERY_MS = 300;
type Going = OutputOf<"datasetFiles.progress">[number];

export class RunningImport {
  #going = $state.raw<Going>();
  #busy = $state(false);
  #cancelled = $state(false);

  get busy(): boolean {
    return this.#busy;
  }

  /** It was asked to end. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  get fraction(): number | null {
    return this.#going?.fraction ?? null;
  }

  /** Rows read so far. */
  get rows(): number {
    return this.#going?.rows ?? 0;
  }

  get file(): string {
    return this.#going?.file ?? "";
  }

  /** Throws what the import was refused with. */
  readonly run = async (request: InputOf<"datasetFiles.import">): Promise<OutputOf<"datasetFiles.import">> => {
    this.#busy = true;
    this.#cancelled = false;
    this.#going = undefined;
    const before = new Set((await call("datasetFiles.progress", {})).map(({ importId }) => importId));
    const look = async (): Promise<void> => {
      const all = await call("datasetFiles.progress", {}).catch(() => []);
      this.#going = all.find(({ importId }) => !before.has(importId)) ?? this.#going;
      if (this.#cancelled) this.#tellCancelled();
    };
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    try {
      return await call("datasetFiles.import", request);
    } finally {
      clearInterval(timer);
      this.#busy = false;
    }
  };

  /** Also before it is known which one it is. */
  readonly cancel = (): void => {
    this.#cancelled = true;
    this.#tellCancelled();
  };

  #tellCancelled(): void {
    const importId = this.#going?.importId;
    if (importId !== undefined) void call("datasetFiles.cancelImport", { importId }).catch(() => undefined);
  }
}
