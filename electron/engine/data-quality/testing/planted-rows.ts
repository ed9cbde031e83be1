// Rows with known faults: made-up instructions of a small vocabulary, into which duplicates and leaks are planted. What was planted
// is returned, so that a check can be measured by it.

import type { InstructionRecord, RuleNode } from "../../../../shared/domain/instruction.ts";
import { Random } from "../../tensor/random.ts";
import { qualityRow, type QualityRow } from "../quality-row.ts";

const VOCABULARY = (
  "river garden window letter morning bridge coffee forest market silver winter music harbour teacher journey orange kitchen mountain " +
  "engine paper summer island doctor village planet bottle shadow energy history science painting family weather travel reading stone " +
  "candle mirror pocket ladder pepper basket button carpet desert dinner feather ginger hammer insect jungle kettle lantern magnet needle"
).split(" ");

export function plainRecord(id: string, text: string, rules: readonly RuleNode[] = [noComma]): InstructionRecord {
  return {
    id,
    messages: [{ role: "user", content: text }],
    label: { type: "tree", tree: { type: "and", children: rules } },
    tags: {},
  };
}

export const noComma: RuleNode = { type: "rule", id: "punctuation:no_comma", kwargs: {} };

/** Words in random order, 20 to 60 of them. */
export function madeUpText(random: Random): string {
  return Array.from({ length: 20 + random.integer(41) }, () => random.pick(VOCABULARY)).join(" ");
}

export interface Planted {
  readonly rows: readonly QualityRow[];
  /** Ids of rows that say the same as an earlier one. */
  readonly exact: ReadonlySet<string>;
  /** Ids of rows that differ from an earlier one in a word or two. */
  readonly near: ReadonlySet<string>;
}

/** One row in ten repeats an earlier one in other case and punctuation, one in ten with one word changed. */
export function plantDuplicates(count: number, seed: number): Planted {
  const random = new Random(seed);
  const texts: string[] = [];
  const exact = new Set<string>();
  const near = new Set<string>();
  const rows = Array.from({ length: count }, (_, index) => {
    const id = `row-${index}`;
    const draw = texts.length < 10 ? 1 : random.float();
    if (draw >= 0.2) {
      const text = madeUpText(random);
      texts.push(text);
      return qualityRow(plainRecord(id, text), index);
    }
    const original = random.pick(texts);
    if (draw < 0.1) {
      exact.add(id);
      return qualityRow(plainRecord(id, ` ${original.replaceAll(" ", ", ").toUpperCase()}! `), index);
    }
    near.add(id);
    const words = original.split(" ");
    // At an end, one changed word touches one sequence of three.
    words[words.length - 1] = "unheard";
    return qualityRow(plainRecord(id, words.join(" ")), index);
  });
  return { rows, exact, near };
}

export interface Measured {
  readonly precision: number;
  readonly recall: number;
}

/** Prints and returns how a check did. */
export function measure(what: string, found: ReadonlySet<string>, planted: ReadonlySet<string>): Measured {
  const right = [...found].filter((id) => planted.has(id)).length;
  const precision = found.size === 0 ? 1 : right / found.size;
  const recall = planted.size === 0 ? 1 : right / planted.size;
  process.stdout.write(`${what}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} (${planted.size} planted)\n`);
  return { precision, recall };
}
