// The verdict of a ComplexBench rule (arXiv 2407.03978) on the parts of an answer. "compat" gives what the benchmark's code gives; "corrected"
// reads punctuation alike on both sides, looks at the last part too and takes "None" for a word. Owns neither how rules are written
// (parse-rule.ts) nor where the parts come from.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import type { Span } from "../../../../shared/domain/verdict.ts";
import { SPACE_CLASS } from "../python-pattern.ts";
import type { Condition, ParsedRule, WholeCondition } from "./parse-rule.ts";

export interface Judgement {
  readonly passed: boolean;
  /** What was found, for a person. */
  readonly got: string;
  /** Parts that do not fulfil the rule, as indices. */
  readonly failing: readonly number[];
}

interface Finding {
  readonly ok: boolean;
  readonly got: string;
}

const ASCII = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
/** What the benchmark writes for each character of ASCII; not all have a full-width form there. */
const FULL_WIDTH = "！\"＃＄％＆'（）＊+，-。/：；<=>？@[＼]＾_`{|}~";
const OPENING_QUOTES = '"“`';
const CLOSING_QUOTES = '"”`';
const SPACES = new RegExp(`[${SPACE_CLASS}]+`, "u");
const JSON_CONSTANTS = /"(?:[^"\\]|\\[^])*"|(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.])/g;

/** Never throws. */
export function judgeRule(rule: ParsedRule, parts: readonly string[], mode: CheckMode): Judgement {
  const compat = mode === "compat";
  const fullWidth = rule.fullWidth || (!compat && rule.conditions.every(({ type }) => type !== "json"));
  const [first] = parts;
  const nothing = parts.length === 0 || (parts.length === 1 && first === "");
  if (nothing || first === undefined) return { passed: rule.absent, got: "nothing to look at", failing: [] };
  if (rule.whole !== undefined) return judgeWhole(rule.whole, parts);
  const looked = rule.over === "first" ? [first] : rule.over === "each-but-last" && compat && parts.length > 1 ? parts.slice(0, -1) : parts;
  const findings = looked.map((part) => {
    // The benchmark passes over empty parts where it looks at each.
    if (part === "" && rule.over !== "first") return { ok: true, got: "empty" };
    return judgePart(rule, fullWidth ? toFullWidth(part) : part, compat && rule.noneIsAbsent);
  });
  const failing = findings.flatMap(({ ok }, index) => (ok ? [] : [index]));
  const shown = failing[0] ?? 0;
  const got = findings[shown]?.got ?? "";
  return { passed: failing.length === 0, got: looked.length === 1 ? got : `part ${shown + 1} of ${parts.length}: ${got}`, failing };
}

/** ASCII punctuation and curly quotation marks as the benchmark maps them. Keeps every offset. */
export function toFullWidth(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, (mark) => FULL_WIDTH[ASCII.indexOf(mark)] ?? mark).replace(/[“”]/g, '"');
}

/** Where the words a condition names stand in a part. */
export function placesOf(condition: Condition, part: string): Span[] {
  if (!("words" in condition)) return [];
  const text = toFullWidth(part);
  return condition.words.flatMap((word) => {
    const mapped = toFullWidth(word);
    const start = mapped === "" ? -1 : text.indexOf(mapped);
    return start < 0 ? [] : [{ start, end: start + mapped.length }];
  });
}

function judgePart(rule: ParsedRule, part: string, noneIsAbsent: boolean): Finding {
  const readings = rule.quotes === "kept" ? [part] : rule.quotes === "dropped" ? [withoutQuotes(part)] : [withoutQuotes(part), part];
  const findings = readings.map((text): Finding => {
    if (rule.noneIsAbsent && (text === "" || (noneIsAbsent && text.includes("None"))))
      return { ok: rule.absent, got: "nothing to look at" };
    return judgeConditions(rule.conditions, text);
  });
  return findings.find(({ ok }) => ok) ?? findings.at(-1) ?? { ok: rule.absent, got: "" };
}

function judgeConditions(conditions: readonly Condition[], text: string): Finding {
  const findings = conditions.map((condition) => judgeCondition(condition, text));
  return findings.find(({ ok }) => !ok) ?? { ok: true, got: findings.map(({ got }) => got).join(", ") };
}

function judgeCondition(condition: Condition, text: string): Finding {
  switch (condition.type) {
    case "contains": {
      const missing = condition.words.filter((word) => !contains(text, word));
      return { ok: missing.length === 0, got: missing.length === 0 ? "all of them" : `without ${quoted(missing)}` };
    }
    case "lacks": {
      const found = condition.words.filter((word) => contains(text, word));
      return { ok: found.length === 0, got: found.length === 0 ? "none of them" : quoted(found) };
    }
    case "contains-some": {
      const found = condition.words.filter((word) => contains(text, word));
      return within(found.length, condition, `${found.length} of them`);
    }
    case "starts":
    case "not-starts": {
      const starts = text.startsWith(toFullWidth(condition.text));
      return { ok: starts === (condition.type === "starts"), got: `starts with "${text.slice(0, condition.text.length + 5)}"` };
    }
    case "ends":
    case "not-ends": {
      const end = toFullWidth(condition.text);
      const ends = [end, `${end}。`, `${end}？`].some((ending) => text.endsWith(ending));
      return { ok: ends === (condition.type === "ends"), got: `ends with "${text.slice(-condition.text.length - 5)}"` };
    }
    case "equals":
      return { ok: [condition.text, `${condition.text}。`, `${condition.text}.`].includes(text), got: `"${text.slice(0, 60)}"` };
    case "characters": {
      const count = Array.from(text).length;
      return within(count, condition, `${count} characters`);
    }
    case "words": {
      const count = text.split(SPACES).filter((word) => word !== "").length;
      return within(count, condition, `${count} words`);
    }
    case "punctuation": {
      const allowed = condition.allowed.map(toFullWidth);
      const wrong = Array.from(FULL_WIDTH).filter((mark) => text.includes(mark) && !allowed.includes(mark));
      return { ok: wrong.length === 0, got: wrong.length === 0 ? "no other marks" : quoted(wrong) };
    }
    case "json":
      return judgeJson(text, condition.keys);
  }
}

function judgeWhole(condition: WholeCondition, parts: readonly string[]): Judgement {
  const got = `${parts.length} part${parts.length === 1 ? "" : "s"}`;
  if (condition.type === "part-count") return { passed: within(parts.length, condition, got).ok, got, failing: [] };
  if (parts.length !== condition.texts.length) return { passed: false, got, failing: [] };
  const failing = parts.flatMap((part, index) =>
    part === "" || toFullWidth(part).startsWith(toFullWidth(condition.texts[index] ?? "")) ? [] : [index],
  );
  return { passed: failing.length === 0, got: failing.length === 0 ? "each as asked" : `part ${(failing[0] ?? 0) + 1} does not`, failing };
}

/** The first object in braces, with exactly the keys asked for; without any asked for, any object. */
function judgeJson(text: string, keys: readonly string[]): Finding {
  let object: unknown;
  try {
    object = JSON.parse(firstBraces(text).replace(JSON_CONSTANTS, (match) => (match.startsWith('"') ? match : "0")));
  } catch {
    return { ok: false, got: "no JSON object" };
  }
  if (typeof object !== "object" || object === null || Array.isArray(object)) return { ok: false, got: "no JSON object" };
  const found = Object.keys(object);
  const ok = keys.length === 0 || (keys.every((key) => found.includes(key)) && found.length === keys.length);
  return { ok, got: `the keys ${quoted(found)}` };
}

/** From the last brace opened at level 0 to the one that brings the level back to 0; braces in strings count like any other. */
function firstBraces(text: string): string {
  let level = 0;
  let start = 0;
  for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
    if (brace === "{") {
      if (level === 0) start = index;
      level += 1;
    } else {
      level -= 1;
      if (level === 0) return text.slice(start, index + 1);
    }
  }
  return "";
}

function withoutQuotes(part: string): string {
  const text = part.replace(/^\n+/, "");
  const [first, last] = [text.slice(0, 1), text.slice(-1)];
  return first !== "" && OPENING_QUOTES.includes(first) && CLOSING_QUOTES.includes(last) ? text.slice(1, -1) : text;
}

function contains(text: string, word: string): boolean {
  return text.includes(toFullWidth(word));
}

function within(count: number, { min, max }: { readonly min: number; readonly max: number }, got: string): Finding {
  return { ok: count >= min && count <= max, got };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
