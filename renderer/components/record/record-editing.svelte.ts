// One row of a dataset while it is edited: what is typed, what of it is stored, and what the checks say. A pause in typing stores it as a
// version; leaving the page stores what is left.

import type { DatasetRowDetail, DraftRecord } from "../../../shared/domain/dataset.ts";
import type { RecordCheck } from "../../../shared/domain/record-check.ts";
import { failureOf } from "../../../shared/result.ts";
import { call } from "../../lib/client.ts";
import { toasts } from "../../state/toasts.svelte.ts";

const SAVE_AFTER_MS = 800;
const CHECK_AFTER_MS = 150;

/** For use while a component starts up; one for each row. */
export class RecordEditing {
  readonly #datasetId: number;
  readonly #rowId: number;
  #row = $state.raw<DatasetRowDetail>();
  #draft = $state.raw<DraftRecord>();
  #failure = $state.raw<ReturnType<typeof failureOf>>();
  #check = $state.raw<RecordCheck>();
  #demonstration = $state.raw<RecordCheck>();
  #answer = $state("");
  #saving = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(datasetId: number, rowId: number) {
    this.#datasetId = datasetId;
    this.#rowId = rowId;
    $effect(() => {
      void this.reload();
      return () => {
        clearTimeout(this.#timer);
        void this.save();
      };
    });
    $effect(() => {
      const [record, answer] = [this.#draft, this.#answer];
      if (record === undefined) return;
      const timer = setTimeout(() => void this.#look(record, answer), CHECK_AFTER_MS);
      return () => clearTimeout(timer);
    });
  }

  get row(): DatasetRowDetail | undefined {
    return this.#row;
  }
  get draft(): DraftRecord | undefined {
    return this.#draft;
  }
  get failure(): ReturnType<typeof failureOf> | undefined {
    return this.#failure;
  }
  /** Of the draft with the answer that is tried. */
  get check(): RecordCheck | undefined {
    return this.#check;
  }
  /** Of the draft with its own demonstration. */
  get demonstration(): RecordCheck | undefined {
    return this.#demonstration;
  }
  get answer(): string {
    return this.#answer;
  }
  set answer(text: string) {
    this.#answer = text;
  }
  get saving(): boolean {
    return this.#saving;
  }
  get unsaved(): boolean {
    return this.#draft !== undefined && JSON.stringify(this.#draft) !== JSON.stringify(this.#row?.record);
  }

  /** Forgets what was not stored. */
  readonly reload = async (): Promise<void> => {
    try {
      this.#row = await call("dataset.row", { datasetId: this.#datasetId, rowId: this.#rowId });
      this.#draft = this.#row.record;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = failureOf(error);
    }
  };

  set(change: Partial<DraftRecord>): void {
    if (this.#draft === undefined) return;
    const next = Object.entries({ ...this.#draft, ...change }).filter(([, value]) => value !== undefined);
    this.#draft = Object.fromEntries(next) as DraftRecord;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** Stores what was typed so far. What is typed meanwhile is stored after it. */
  readonly save = async (): Promise<void> => {
    const [record, row] = [this.#draft, this.#row];
    if (record === undefined || row === undefined || !this.unsaved || this.#saving) return;
    this.#saving = true;
    try {
      await call("dataset.edit", {
        datasetId: this.#datasetId,
        edits: [{ type: "set", rowId: this.#rowId, stateId: row.stateId, record }],
      });
      const stored = await call("dataset.row", { datasetId: this.#datasetId, rowId: this.#rowId });
      this.#row = stored;
      if (this.#draft === record) this.#draft = stored.record;
    } catch (error) {
      toasts.fail(error);
    }
    this.#saving = false;
    if (this.#draft !== record && this.unsaved) await this.save();
  };

  async #look(record: DraftRecord, answer: string): Promise<void> {
    try {
      const check = await call("records.check", { record, ...(answer.trim() === "" ? {} : { answer }) });
      const demonstration = record.expert === undefined ? undefined : await call("records.check", { record, answer: record.expert.answer });
      if (this.#draft !== record || this.#answer !== answer) return;
      this.#check = check;
      this.#demonstration = demonstration;
    } catch (error) {
      toasts.fail(error);
    }
  }
}
