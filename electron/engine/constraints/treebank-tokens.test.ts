import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { treebankTokens } from "./treebank-tokens.ts";

const VECTORS = new URL("../../../../shared/vectors/nltk_langdetect_vectors.jsonl", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the reference tokenizer is not tested");

const written = (text: string): string =>
  treebankTokens(text)
    .map((token) => token.text)
    .join(" ");

test.each([
  ["A stop ends a sentence. Another, in the U.S. too.", "A stop ends a sentence . Another , in the U.S. too ."],
  ['He said: "Don\'t (ever) go!"', "He said : `` Do n't ( ever ) go ! ''"],
  ["I'll take 3,000 at 10:30, won't I?", "I 'll take 3,000 at 10:30 , wo n't I ?"],
  ["The dogs' bowl... well-known -- isn't it's", "The dogs ' bowl ... well-known -- is n't it 's"],
  ["You cannot; 'tis gonna rain", "You can not ; 't is gon na rain"],
])("%s", (text, expected) => {
  expect(written(text)).toBe(expected);
});

test("places are those of the text, also where a quote is written otherwise", () => {
  const text = ' “Yes,” he said. "No."';
  const bodies = treebankTokens(text).map(({ start, end }) => text.slice(start, end));
  expect(bodies.join("")).toBe(text.replaceAll(" ", ""));
});

test.skipIf(!present)("tokens agree with the reference", () => {
  const vectors = readFileSync(VECTORS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { text: string; word_tokens: string[] });
  const same = vectors.filter(({ text, word_tokens }) => written(text) === word_tokens.join(" "));
  console.log(`tokens ${same.length}/${vectors.length}`);
  expect(same.length / vectors.length).toBeGreaterThanOrEqual(0.97);
});
