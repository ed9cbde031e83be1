// The shipped tokenizer files: they load, round-trip any text, keep tags and digits whole, and the Jinja chat template says what
// the corpus code says.

import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tokenizer } from "../../electron/engine/tokenizer/tokenizer.ts";
import { trainPairs } from "./byte-pair-training.ts";
import { promptText } from "./conversation-text.ts";
import { PREFILLS, sampleAt } from "./corpus.ts";

const load = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../resources/nano/${name}`, import.meta.url), "utf8")) as Record<string, unknown>;
const json = load("tokenizer.json");
const config = load("tokenizer_config.json");
const tokenizer = Tokenizer.fromJson(json, config);

describe("nano tokenizer", () => {
  test("round-trips any Unicode text and every corpus sample", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), (text) => tokenizer.decode(tokenizer.encode(text)) === text),
      { numRuns: 100 },
    );
    for (let index = 0; index < 100; index++) {
      const sample = sampleAt(11, index);
      const text = promptText(sample.messages) + PREFILLS[sample.prefill] + sample.response;
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  test("has 2048 ids without a gap, tags as one token, digits one by one", () => {
    const vocabulary = (json["model"] as { vocab: Record<string, number> }).vocab;
    expect(Object.values(vocabulary).sort((a, b) => a - b)).toEqual(Array.from({ length: 2048 }, (_, id) => id));
    for (const tag of ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<answer>", "</answer>"])
      expect(tokenizer.encode(tag)).toHaveLength(1);
    expect(tokenizer.encode(" 472")).toHaveLength(3);
    expect(tokenizer.decode(tokenizer.encode("<|im_start|><think>a</think><|im_end|>"), { skipSpecialTokens: true })).toBe(
      "<think>a</think>",
    );
  });

  test("the chat template equals the corpus text", () => {
    const template = new Template(String(config["chat_template"]));
    for (let index = 0; index < 50; index++) {
      const { messages } = sampleAt(12, index);
      expect(template.render({ messages, add_generation_prompt: true })).toBe(promptText(messages));
    }
  });

  test("merges the most frequent pair first and breaks ties by order", () => {
    const { merges, tokens } = trainPairs(
      new Map([
        ["abab", 2],
        ["cd", 4],
        ["ab", 1],
      ]),
      258,
    );
    expect(merges).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(tokens).toHaveLength(258);
  });
});
