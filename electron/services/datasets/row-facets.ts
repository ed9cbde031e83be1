// What a row of a dataset is filtered, sorted and searched by, read from its record. Labels are walked by their shape, so that leaves
// of a kind this file has never heard of count as checks like any other.

import type { DatasetComposition, DraftRecord, RowState } from "../../../shared/domain/dataset.ts";
import { instructionRecordSchema, type InstructionRecord } from "../../../shared/domain/instruction.ts";
import { isWorkbenchError } from "../../../shared/errors.ts";
import type { NewContent, StateColumns } from "../../storage/collection-rows.ts";
import { validateRecord } from "../../engine/rewards/reward.ts";
import { textLanguage } from "./text-language.ts";

/** What a row has beside its record. */
export interface RowPlace {
  readonly split: string;
  readonly source: string;
  /** Name of the schema it was imported in; "" for rows written here. */
  readonly format: string;
}

export interface DescribedRow {
  readonly columns: StateColumns;
  readonly content: NewContent & { readonly text: { readonly searchText: string } };
}

/** `isInstruction`: it is known to fit the format of instruction records. */
export function describeRow(record: DraftRecord, place: RowPlace, isInstruction = false): DescribedRow {
  return {
    columns: rowColumns(record, place, isInstruction),
    content: { recordJson: JSON.stringify(record), text: { searchText: searchText(record) } },
  };
}

/** What words are searched in. */
export function searchText({ messages, input, expert }: DraftRecord): string {
  return [...messages.map(({ content }) => content), input, expert?.think, expert?.answer].filter((part) => part !== undefined).join("\n");
}

function rowColumns(record: DraftRecord, { split, source, format }: RowPlace, isInstruction: boolean): StateColumns {
  const shape = labelShape(record.label);
  const prompt = lastUserText(record);
  return {
    recordId: record.id,
    split,
    source,
    format,
    composition: shape.composition,
    depth: shape.depth,
    checks: shape.checks,
    rulesJson: JSON.stringify([...shape.rules].sort()),
    tagsJson: JSON.stringify(tagNames(record.tags)),
    language: textLanguage(prompt),
    length: record.messages.reduce((sum, { content }) => sum + content.length, 0),
    expert: record.expert === undefined ? 0 : 1,
    ...rowState(record, isInstruction),
  };
}

export function lastUserText({ messages }: DraftRecord): string {
  return (messages.findLast(({ role }) => role === "user") ?? messages.at(-1))?.content ?? "";
}

/** "name=value", or the name alone where the value is true; sorted. */
export function tagNames(tags: DraftRecord["tags"]): string[] {
  return Object.entries(tags)
    .map(([name, value]) => (value === true ? name : `${name}=${String(value)}`))
    .sort();
}

/** Whether a record can be trained on, and if not, why. */
export function rowState(record: DraftRecord, isInstruction = false): { readonly state: RowState; readonly problem: string | null } {
  if (record.label === undefined) return { state: "unlabelled", problem: "nothing in it says how to check an answer" };
  if (lastUserText(record).trim() === "") return { state: "problem", problem: "messages: nothing is asked" };
  const parsed = isInstruction ? { success: true as const, data: record as InstructionRecord } : instructionRecordSchema.safeParse(record);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { state: "problem", problem: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not fit the format"}` };
  }
  try {
    validateRecord(parsed.data, record.id);
    return { state: "ready", problem: null };
  } catch (error) {
    if (isWorkbenchError(error)) return { state: "problem", problem: error.message };
    throw error;
  }
}

interface LabelShape {
  readonly composition: DatasetComposition;
  /** Compositions inside each other on the longest way down; 0 for a single check. */
  readonly depth: number;
  readonly checks: number;
  readonly rules: ReadonlySet<string>;
}

const NO_LABEL: LabelShape = { composition: "none", depth: 0, checks: 0, rules: new Set() };

function labelShape(label: DraftRecord["label"]): LabelShape {
  if (label === undefined) return NO_LABEL;
  if (label["type"] === "math") return { composition: "maths", depth: 0, checks: 1, rules: new Set(["math"]) };
  const rules = new Set<string>();
  const { depth, checks } = walk(label["tree"], rules);
  const root = (label["tree"] as { readonly type?: unknown } | undefined)?.type;
  const isComposition = root === "and" || root === "chain" || root === "selection";
  return { composition: depth > 1 ? "nested" : isComposition ? root : checks > 0 ? "single" : "none", depth, checks, rules };
}

/** Nodes hold other nodes in these members, whatever their type. */
function childrenOf(node: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { children, steps, branches, otherwise } = node;
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const then = list(branches).map((branch) => (branch as { readonly then?: unknown } | null)?.then);
  return [...list(children), ...list(steps), ...then, ...(otherwise === undefined ? [] : [otherwise])];
}

function walk(node: unknown, rules: Set<string>): { readonly depth: number; readonly checks: number } {
  if (node === null || typeof node !== "object") return { depth: 0, checks: 0 };
  const fields = node as Readonly<Record<string, unknown>>;
  const children = childrenOf(fields);
  if (children.length === 0) {
    const name = fields["type"] === "rule" ? fields["id"] : fields["type"] === "custom" ? fields["name"] : fields["type"];
    if (typeof name === "string") rules.add(name);
    return { depth: 0, checks: 1 };
  }
  const below = children.map((child) => walk(child, rules));
  return { depth: 1 + Math.max(...below.map(({ depth }) => depth)), checks: below.reduce((sum, { checks }) => sum + checks, 0) };
}
