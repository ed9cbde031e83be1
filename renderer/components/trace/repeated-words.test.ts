import { describe, expect, it } from "vitest";
import { repeatedRanges } from "./repeated-words.ts";

function repeated(reasoning: string, prompt: string): string[] {
  return repeatedRanges(reasoning, prompt).map(({ start, end }) => reasoning.slice(start, end));
}

describe("what a reasoning repeats of the prompt", () => {
  it("finds runs of three words whatever their case and punctuation", () => {
    expect(repeated("It says: NAME three, animals. Then I write.", "name three animals. do not use the word cat.")).toEqual([
      "NAME three, animals",
    ]);
  });

  it("joins runs that overlap and keeps apart those that do not", () => {
    const prompt = "write a short text about a sailor and end with a question";
    expect(repeated("a short text about a sailor, so I end with a question", prompt)).toEqual([
      "a short text about a sailor",
      "end with a question",
    ]);
  });

  it("does not take two words, or words over the end of the prompt, for a run", () => {
    expect(repeated("about a ship", "a text about a sailor")).toEqual([]);
    expect(repeated("a sailor", "a sailor")).toEqual([]);
    expect(repeated("", "a b c")).toEqual([]);
  });
});
