// Reads a rule of ComplexBench (arXiv 2407.03978) such as "model_length:[300,10000]": which rule it is and what its arguments are. The
// benchmark's code evaluates the arguments as program text; here they are lists, pairs of numbers and plain text, nothing is run. Owns no
// verdict, see judge-rule.ts.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";

/** One thing that a part of the answer has to fulfil. Words and texts are as written in the rule. */
export type Condition =
  | { readonly type: "contains"; readonly words: readonly string[] }
  | { readonly type: "lacks"; readonly words: readonly string[] }
  | { readonly type: "contains-some"; readonly words: readonly string[]; readonly min: number; readonly max: number }
  | { readonly type: "starts" | "ends" | "not-starts" | "not-ends" | "equals"; readonly text: string }
  | { readonly type: "characters" | "words"; readonly min: number; readonly max: number }
  | { readonly type: "punctuation"; readonly allowed: readonly string[] }
  | { readonly type: "json"; readonly keys: readonly string[] };

/** One thing that all parts together have to fulfil. */
export type WholeCondition =
  | { readonly type: "part-count"; readonly min: number; readonly max: number }
  | { readonly type: "starts-in-order"; readonly texts: readonly string[] };

export interface ParsedRule {
  readonly conditions: readonly Condition[];
  readonly whole?: WholeCondition;
  /** Which parts are looked at. */
  readonly over: "first" | "each" | "each-but-last";
  /** The verdict where there is no part, or only an empty one. */
  readonly absent: boolean;
  /** Whether ASCII punctuation of a part is read as full-width; that of the rule always is. */
  readonly fullWidth: boolean;
  /** Whether quotation marks around a part count, do not, or both readings are tried. */
  readonly quotes: "kept" | "dropped" | "either";
  /** A part that says "None" counts as empty. */
  readonly noneIsAbsent: boolean;
}

type Reading = Pick<ParsedRule, "conditions" | "whole">;
type Form = Omit<ParsedRule, "conditions" | "whole"> & {
  /** All of them have to occur in the rule; the first form of the list for which they do is the rule's. */
  readonly names: readonly string[];
  readonly not?: string;
  readonly read: (rule: string) => Reading | undefined;
};

const MODEL = { over: "first", absent: false, fullWidth: true, quotes: "kept", noneIsAbsent: false } as const;
const EACH = { ...MODEL, over: "each" } as const;
const PLAIN = { ...MODEL, quotes: "either", noneIsAbsent: true } as const;

const FORMS: readonly Form[] = [
  { ...EACH, names: ["model_keyword_each"], read: words("model_keyword_each", "contains") },
  { ...EACH, fullWidth: false, names: ["model_keyword_num_each", "model_forbidden_word_each"], read: countedAndForbidden },
  { ...EACH, fullWidth: false, names: ["model_keyword_num_each"], read: countedWords("model_keyword_num_each") },
  { ...MODEL, fullWidth: false, names: ["model_keyword_num"], read: countedWords("model_keyword_num") },
  { ...MODEL, fullWidth: false, names: ["model_keyword"], read: words("model_keyword", "contains") },
  { ...EACH, absent: true, names: ["model_forbidden_word_each"], read: words("model_forbidden_word_each", "lacks") },
  { ...MODEL, absent: true, fullWidth: false, names: ["model_forbidden_word"], read: words("model_forbidden_word", "lacks") },
  { ...EACH, names: ["model_number_each"], read: partCount },
  { ...EACH, fullWidth: false, quotes: "either", names: ["model_length_each"], read: range("model_length_each", "characters") },
  { ...EACH, fullWidth: false, quotes: "either", names: ["model_length_word_each"], read: range("model_length_word_each", "words") },
  { ...MODEL, fullWidth: false, quotes: "either", names: ["model_length_word"], read: range("model_length_word", "words") },
  { ...MODEL, fullWidth: false, quotes: "either", names: ["model_length:"], read: range("model_length", "characters") },
  { ...EACH, names: ["model_startswith_each"], read: text("model_startswith_each", "starts") },
  { ...EACH, names: ["model_starts_with_list_each"], read: startsInOrder },
  { ...MODEL, names: ["model_startswith", "model_endswith"], read: startAndEnd("model_startswith", "model_endswith") },
  { ...MODEL, names: ["model_startswith"], read: text("model_startswith", "starts") },
  { ...EACH, over: "each-but-last", quotes: "either", names: ["model_endswith_each"], read: text("model_endswith_each", "ends") },
  { ...MODEL, names: ["model_endswith"], read: text("model_endswith", "ends") },
  { ...EACH, quotes: "either", names: ["model_constraint_punc_each"], read: punctuation("model_constraint_punc_each") },
  { ...MODEL, fullWidth: false, quotes: "dropped", names: ["model_constraint_punc"], read: punctuation("model_constraint_punc") },
  { ...MODEL, absent: true, names: ["model_not_startswith"], read: text("model_not_startswith", "not-starts") },
  { ...EACH, absent: true, names: ["model_not_endswith_each"], read: text("model_not_endswith_each", "not-ends") },
  { ...MODEL, absent: true, names: ["model_not_endswith"], read: text("model_not_endswith", "not-ends") },
];

/** The forms without "model" and "each": they look at the first part alone. */
const PLAIN_FORMS: readonly Form[] = [
  { ...PLAIN, names: ["keyword", "forbidden_word"], read: keywordAndForbidden },
  { ...PLAIN, names: ["keyword"], not: "keyword_num", read: words("keyword", "contains") },
  { ...PLAIN, names: ["match"], read: text("match", "equals") },
  { ...PLAIN, names: ["constraint_punc"], read: punctuation("constraint_punc") },
  { ...PLAIN, absent: true, names: ["forbidden_word"], read: words("forbidden_word", "lacks") },
  { ...PLAIN, names: ["startswith", "endswith"], read: startAndEnd("startswith", "endswith") },
  { ...PLAIN, names: ["startswith"], read: text("startswith", "starts") },
  { ...PLAIN, absent: true, names: ["not endswith"], read: text("not endswith", "not-ends") },
  { ...PLAIN, names: ["endswith"], read: text("endswith", "ends") },
  { ...PLAIN, names: ["length_word:"], read: range("length_word", "words") },
  { ...PLAIN, names: ["length:"], read: range("length", "characters") },
  { ...PLAIN, fullWidth: false, names: ["Json"], read: jsonKeys },
];

/**
 * Undefined where the rule is none of the benchmark's; "malformed" where its arguments cannot be read. "compat" looks for a rule's name
 * in its arguments too, as the benchmark does: Json:["teacher"] is no rule there because of "each". "corrected" looks before the colons.
 */
export function parseRule(rule: string, mode: CheckMode): ParsedRule | "malformed" | undefined {
  const named = mode === "compat" ? rule : rule.replace(/^([^:\n]*:).*$/gm, "$1");
  const fits = ({ names, not }: Form): boolean =>
    names.every((name) => named.includes(name)) && (not === undefined || !named.includes(not));
  const form = FORMS.find(fits) ?? (named.includes("model") || named.includes("each") ? undefined : PLAIN_FORMS.find(fits));
  if (form === undefined) return undefined;
  const reading = form.read(rule);
  if (reading === undefined) return "malformed";
  const { over, absent, fullWidth, quotes, noneIsAbsent } = form;
  return { over, absent, fullWidth, quotes, noneIsAbsent, ...reading };
}

/** The list behind "name:" that ends the rule, e.g. [a, b]; its brackets and the spaces around its items are no part of it. */
function list(rule: string, name: string): string[] | undefined {
  const found = new RegExp(`${name}:(\\[[^\\n]*?\\])\\n?$`).exec(rule)?.[1];
  return found === undefined ? undefined : items(found).map((item) => item.trim());
}

function items(bracketed: string): string[] {
  return bracketed.replace(/^[[\]]+|[[\]]+$/g, "").split(",");
}

/** Everything behind "name:". */
function remainder(rule: string, name: string): string | undefined {
  return new RegExp(`${name}:([^]*?)\\n?$`).exec(rule)?.[1];
}

function words(name: string, type: "contains" | "lacks"): Form["read"] {
  return (rule) => {
    const found = list(rule, name);
    return found === undefined ? undefined : { conditions: [{ type, words: found }] };
  };
}

function text(name: string, type: "starts" | "ends" | "not-starts" | "not-ends" | "equals"): Form["read"] {
  return (rule) => {
    const found = remainder(rule, name);
    return found === undefined ? undefined : { conditions: [{ type, text: found }] };
  };
}

function startAndEnd(start: string, end: string): Form["read"] {
  return (rule) => {
    const [, first, last] = new RegExp(`${start}:([^]*?)\\n${end}:([^]*?)\\n?$`).exec(rule) ?? [];
    if (first === undefined || last === undefined) return undefined;
    return {
      conditions: [
        { type: "starts", text: first },
        { type: "ends", text: last },
      ],
    };
  };
}

function punctuation(name: string): Form["read"] {
  return (rule) => {
    const allowed = list(rule, name);
    return allowed === undefined ? undefined : { conditions: [{ type: "punctuation", allowed }] };
  };
}

function range(name: string, type: "characters" | "words"): Form["read"] {
  return (rule) => {
    const limits = numbers(list(rule, name));
    return limits === undefined ? undefined : { conditions: [{ type, ...limits }] };
  };
}

function partCount(rule: string): Reading | undefined {
  const limits = numbers(list(rule, "model_number_each"));
  return limits === undefined ? undefined : { conditions: [], whole: { type: "part-count", ...limits } };
}

function startsInOrder(rule: string): Reading | undefined {
  const texts = list(rule, "model_starts_with_list_each");
  return texts === undefined ? undefined : { conditions: [], whole: { type: "starts-in-order", texts } };
}

function countedWords(name: string): Form["read"] {
  return (rule) => {
    const condition = counted(list(rule, name));
    return condition === undefined ? undefined : { conditions: [condition] };
  };
}

function countedAndForbidden(rule: string): Reading | undefined {
  const [, some, none] = /model_keyword_num_each:(\[[^]*?\])\nmodel_forbidden_word_each:(\[[^]*?\])\n?$/.exec(rule) ?? [];
  const condition = some === undefined ? undefined : counted(items(some));
  return condition === undefined || none === undefined ? undefined : { conditions: [condition, { type: "lacks", words: items(none) }] };
}

/** Two lines in any order. The benchmark's own code fails on them. */
function keywordAndForbidden(rule: string): Reading | undefined {
  const [some, none] = ["keyword", "forbidden_word"].map(
    (name) => new RegExp(`(?:^|\\n)${name}:(\\[[^\\n]*?\\])(?:\\n|$)`).exec(rule)?.[1],
  );
  if (some === undefined || none === undefined) return undefined;
  const trimmed = (bracketed: string): string[] => items(bracketed).map((item) => item.trim());
  return {
    conditions: [
      { type: "contains", words: trimmed(some) },
      { type: "lacks", words: trimmed(none) },
    ],
  };
}

/** [least, most, word, word ...]. */
function counted(found: readonly string[] | undefined): Condition | undefined {
  const limits = numbers(found);
  if (found === undefined || limits === undefined || !Number.isInteger(limits.min) || !Number.isInteger(limits.max)) return undefined;
  return { type: "contains-some", words: found.slice(2), ...limits };
}

function numbers(found: readonly string[] | undefined): { readonly min: number; readonly max: number } | undefined {
  const [min, max] = (found ?? []).slice(0, 2).map((item) => (/^\s*[+-]?\d+(?:\.\d+)?\s*$/.test(item) ? Number(item) : Number.NaN));
  return min === undefined || max === undefined || Number.isNaN(min) || Number.isNaN(max) ? undefined : { min, max };
}

/** ["name", 'age'] with either kind of quotation marks; empty names ask for nothing. */
function jsonKeys(rule: string): Reading | undefined {
  const found = /Json:(\[[^]*?\])$/.exec(rule.trim())?.[1];
  if (found === undefined) return undefined;
  const key = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*(?:,|$)/y;
  const inside = found.slice(1, -1).trim();
  const keys: string[] = [];
  while (key.lastIndex < inside.length) {
    const match = key.exec(inside);
    if (match === null) return undefined;
    keys.push((match[1] ?? match[2] ?? "").replace(/\\(.)/g, "$1"));
  }
  return { conditions: [{ type: "json", keys: keys.filter((name) => name !== "") }] };
}
