// Records for tests and measurements: as many as asked for, of every composition, some in Chinese, the same for the same number.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";

const WORDS = "river stone cloud bread window garden letter winter market bridge candle orchard".split(" ");
const rule = (id: string, kwargs: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ type: "rule", id, kwargs });

const LABELS: readonly ((n: number) => Record<string, unknown>)[] = [
  () => rule("punctuation:no_comma"),
  (n) => ({ type: "and", children: [rule("punctuation:no_comma"), rule("raif:exact_words", { count: 2 + (n % 5) })] }),
  () => ({ type: "chain", steps: [rule("raif:lowercase"), rule("raif:sorted_words")] }),
  () => ({
    type: "selection",
    branches: [{ when: rule("raif:contains_number", { value: 7 }), then: rule("raif:uppercase") }],
    otherwise: rule("raif:lowercase"),
  }),
  () => ({
    type: "and",
    children: [rule("raif:unique_words"), { type: "chain", steps: [rule("raif:lowercase"), rule("detectable_format:title")] }],
  }),
];

export function madeUpRecord(n: number): DraftRecord {
  const word = (step: number): string => WORDS[(n * 7 + step * 5 + (n >> 4)) % WORDS.length]!;
  const text =
    n % 10 === 0
      ? `请写三句关于河流的话 ${n}`
      : `write ${3 + (n % 4)} lines about a ${word(0)} and a ${word(1)}, number ${n}; mention the ${word(2)}.`;
  return {
    id: `made-up-${n}`,
    messages: [{ role: "user", content: text }],
    ...(n % 5 === 3 ? { input: `${word(3)} ${n}` } : {}),
    label: { type: "tree", tree: LABELS[n % LABELS.length]!(n) },
    ...(n % 3 === 0 ? { expert: { think: `first the ${word(4)}`, answer: `${word(5)} ${word(6)}` } } : {}),
    tags: { source: n % 2 === 0 ? "even" : "odd", level: n % 4 },
  };
}
