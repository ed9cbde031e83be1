// What a bulk change makes of one row: its new state, nothing where it stays as it is, or its removal.

import type { BulkChange, DraftRecord } from "../../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { mixSeed, Random } from "../../engine/tensor/random.ts";
import type { NewContent, StateColumns, StoredState } from "../../storage/collection-rows.ts";
import { describeRow, tagNames } from "./row-facets.ts";

export type RowOutcome =
  | { readonly type: "same" }
  | { readonly type: "removed" }
  /** The content stays. */
  | { readonly type: "columns"; readonly columns: StateColumns }
  | { readonly type: "content"; readonly columns: StateColumns; readonly content: NewContent };

export type ChangeRow = (state: StoredState, record: DraftRecord) => RowOutcome;

/** A change as a function of a row. Throws "invalid-argument" where its values make no sense. */
export function rowChange(change: BulkChange): ChangeRow {
  switch (change.type) {
    case "split":
      return (state) => withSplit(state, change.split);
    case "deal-splits":
      return dealSplits(change);
    case "tags":
      return (state, record) => withTags(state, record, change);
    case "replace-text":
      return (state, record) => rewritten(state, record, (text) => text.replaceAll(change.find, () => change.replacement));
    case "drop-expert":
      return (state, { expert, ...rest }) => (expert === undefined ? { type: "same" } : newContent(state, rest));
    case "remove":
      return () => ({ type: "removed" });
  }
}

/** What the version of a change is called. */
export function changeTitle(change: BulkChange, rows: number): string {
  const of = `${rows} row${rows === 1 ? "" : "s"}`;
  switch (change.type) {
    case "split":
      return change.split === "" ? `take ${of} out of their split` : `put ${of} into split "${change.split}"`;
    case "deal-splits":
      return `deal ${of} out to ${Object.keys(change.shares).join(", ")}`;
    case "tags":
      return `tags of ${of}: ${[...change.add.map((tag) => `+${tag}`), ...change.remove.map((tag) => `-${tag}`)].join(" ")}`;
    case "replace-text":
      return `replace text in ${of}`;
    case "drop-expert":
      return `drop the demonstration of ${of}`;
    case "remove":
      return `remove ${of}`;
  }
}

function withSplit(state: StoredState, split: string): RowOutcome {
  return state.split === split ? { type: "same" } : { type: "columns", columns: { ...state, split } };
}

function dealSplits({ shares, seed }: Extract<BulkChange, { type: "deal-splits" }>): ChangeRow {
  const entries = Object.entries(shares);
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-6) {
    throw new WorkbenchError("invalid-argument", "the shares of the splits do not add up", {
      where: "shares",
      expected: "1",
      got: String(total),
    });
  }
  return (state) => {
    let left = new Random(mixSeed(seed, "deal-splits", state.rowId)).float();
    const [split] = entries.find(([, share]) => (left -= share) < 0) ?? entries.at(-1)!;
    return withSplit(state, split);
  };
}

function withTags(
  state: StoredState,
  record: DraftRecord,
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): RowOutcome {
  const tags = new Map(Object.entries(record.tags));
  for (const name of remove) {
    const [key, value] = parseTag(name);
    // A bare name takes the tag away whatever its value.
    if (value === true || String(tags.get(key)) === String(value)) tags.delete(key);
  }
  for (const name of add) tags.set(...parseTag(name));
  const changed = { ...record, tags: Object.fromEntries(tags) };
  const tagsJson = JSON.stringify(tagNames(changed.tags));
  if (tagsJson === state.tagsJson) return { type: "same" };
  return {
    type: "content",
    columns: { ...state, tagsJson },
    content: { recordJson: JSON.stringify(changed), text: { textId: state.textId } },
  };
}

/** "level=3" is a number, "seen" is true. */
function parseTag(tag: string): [key: string, value: string | number | boolean] {
  const at = tag.indexOf("=");
  if (at < 1) return [tag, true];
  const text = tag.slice(at + 1);
  const value =
    text === "true" || text === "false" ? text === "true" : text.trim() !== "" && String(Number(text)) === text ? Number(text) : text;
  return [tag.slice(0, at), value];
}

function rewritten(state: StoredState, record: DraftRecord, rewrite: (text: string) => string): RowOutcome {
  const messages = record.messages.map((message) => ({ ...message, content: rewrite(message.content) }));
  const input = record.input === undefined ? undefined : rewrite(record.input);
  const isSame = input === record.input && messages.every(({ content }, index) => content === record.messages[index]?.content);
  return isSame ? { type: "same" } : newContent(state, { ...record, messages, ...(input === undefined ? {} : { input }) });
}

function newContent(state: StoredState, record: DraftRecord): RowOutcome {
  return { type: "content", ...describeRow(record, state) };
}
