// Long work on datasets that goes on, whoever asked for it and on whichever page: changes of many rows and imports. Found again after a
// reload, followed to its end, which is told where nobody else tells it.

import type { PastImport } from "../../shared/domain/dataset-files.ts";
import { call, onEvent } from "../lib/client.ts";
import { formatCount } from "../lib/format.ts";

const LOOK_EVERY_MS = 700;

export interface GoingWork {
  readonly type: "change" | "import";
  /** Stays the same while it goes on. */
  readonly key: string;
  readonly datasetId: number;
  /** What is done, in words: "tags of 40 rows: +seen". */
  readonly title: string;
  /** Of its dataset, before it. */
  readonly version: number;
  /** 0 to 1, null while unknown. */
  readonly fraction: number | null;
  readonly importId: number | null;
}

interface Hooks {
  /** Only work of this dataset; undefined: of all. */
  readonly about?: () => number | undefined;
  /** This page asked for it itself and tells how it ends. */
  readonly isOwn?: () => boolean;
  /** Work of somebody else has ended, whatever came of it. */
  readonly onend?: (work: GoingWork) => void;
}

/** For use while a component starts up. Asks nothing while nothing goes on. */
export class DatasetWork {
  readonly #hooks: Hooks;
  #going = $state.raw<readonly GoingWork[]>([]);
  #cancelled = $state.raw<ReadonlySet<string>>(new Set());
  readonly #own = new Set<string>();
  #looking = false;
  /** Something was said while it looked. */
  #again = false;

  constructor(hooks: Hooks = {}) {
    this.#hooks = hooks;
    $effect(() => {
      void hooks.about?.();
      void this.#look();
    });
    $effect(() => {
      const ends = [
        onEvent("change", () => void this.#look()),
        onEvent("workspace", ({ changed }) => {
          if (changed === "datasets" || changed === "workspace") void this.#look();
        }),
      ];
      return () => {
        for (const end of ends) end();
      };
    });
    $effect(() => {
      if (this.#going.length === 0) return;
      const timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
      return () => clearInterval(timer);
    });
  }

  get going(): readonly GoingWork[] {
    return this.#going;
  }

  readonly isCancelled = ({ key }: GoingWork): boolean => this.#cancelled.has(key);

  /** Throws what the call was refused with. */
  readonly cancel = async ({ key, datasetId, importId }: GoingWork): Promise<void> => {
    this.#cancelled = new Set([...this.#cancelled, key]);
    try {
      if (importId === null) await call("dataset.cancelBulkEdit", { datasetId });
      else await call("datasetFiles.cancelImport", { importId });
    } catch (error) {
      this.#cancelled = new Set([...this.#cancelled].filter((one) => one !== key));
      throw error;
    }
  };

  /** A look that fails is made again at the next occasion. */
  async #look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    this.#again = false;
    try {
      const found = await goingWork();
      const about = this.#hooks.about?.();
      const going = about === undefined ? found : found.filter(({ datasetId }) => datasetId === about);
      const before = this.#going;
      for (const { key } of going) {
        if (!before.some((work) => work.key === key) && this.#hooks.isOwn?.() === true) this.#own.add(key);
      }
      this.#going = going;
      for (const work of before) {
        if (going.some(({ key }) => key === work.key) || work.datasetId !== (about ?? work.datasetId)) continue;
        if (!this.#own.delete(work.key)) this.#hooks.onend?.(work);
      }
    } catch {
      // The frame says that the workbench does not answer.
    }
    this.#looking = false;
    if (this.#again) await this.#look();
  }
}

async function goingWork(): Promise<readonly GoingWork[]> {
  const [changes, imports] = await Promise.all([call("dataset.changing", {}), call("datasetFiles.progress", {})]);
  return [
    ...changes.map(({ datasetId, title, version, done, total }) => ({
      type: "change" as const,
      key: `change ${datasetId} ${version}`,
      datasetId,
      title,
      version,
      fraction: total === null ? null : done / Math.max(1, total),
      importId: null,
    })),
    ...imports.map(({ datasetId, importId, fraction, rows, file }) => ({
      type: "import" as const,
      key: `import ${importId}`,
      datasetId,
      title: `import: ${formatCount(rows)} rows${file === "" ? "" : `, ${file}`}`,
      version: 0,
      fraction,
      importId,
    })),
  ];
}

/** What came of an import that has ended; null where it was cancelled or cut off. */
export async function importOutcome({ importId }: GoingWork): Promise<PastImport | null> {
  return importId === null ? null : call("datasetFiles.imported", { importId });
}
