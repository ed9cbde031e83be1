import { describe, expect, test } from "vitest";
import type { Comparison, PaneResponse } from "../../../shared/domain/comparison.ts";
import type { GeneratedResponse } from "../../../shared/domain/generation.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { readPanes } from "./compare-address.ts";
import { columnsOf, gridOf } from "./compare-columns.ts";

function verdict(path: string, state: Verdict["state"]): Verdict {
  return {
    path,
    ruleId: `rule ${path}`,
    kwargs: {},
    state,
    passed: state === "pass",
    expected: `asked ${path}`,
    got: `${state} ${path}`,
    spans: [],
  };
}

function stored(think: string, verdicts: readonly Verdict[]): PaneResponse {
  const thinkDiff = [{ text: think, type: "shared" as const }];
  const counts = { tokens: 3, thinkWords: 1, answerWords: 1, passed: 0, checks: verdicts.length };
  return { rolloutId: 1, mode: "think", text: think, think, answer: "a", thinkDiff, finish: "stop", reward: 1, verdicts, ...counts };
}

function comparison(responses: readonly (PaneResponse | null)[]): Comparison {
  const proof = {
    proven: false,
    reason: "no hash",
    modelHash: null,
    adapterHash: null,
    chatTemplateHash: null,
    samplerHash: null,
    seed: null,
  };
  const panes = responses.map((response, index) => ({
    source: { type: "rollout" as const, rolloutId: index + 1 },
    label: `pane ${index}`,
    response,
    proof,
  }));
  return { recordId: "r", composition: "and", messages: [], panes, grid: [], flipsUp: 0, flipsDown: 0, vote: null };
}

const made: GeneratedResponse = {
  index: 0,
  ask: { source: { type: "base", model: "nano" }, mode: "think", seed: 7 },
  prompt: "p",
  text: "check commas twice",
  think: "check commas twice",
  answer: "one two",
  finish: "stop",
  tokenIds: [1, 2],
  tokens: ["a", "b"],
  logProbs: [0, 0],
  modelHash: "abc",
  chatTemplateHash: "def",
  step: null,
  reward: { total: 3, format: 1, accuracy: 2, passed: 1, checks: 1, gate: "ok", verdicts: [verdict("and.0", "pass")] },
};

describe("columns of a comparison", () => {
  test("stored and generated panes stand in the order of the address", () => {
    const answers = comparison([stored("check commas", []), stored("other", [])]);
    const columns = columnsOf(readPanes("r1,g1.0.t,r2"), answers, () => made);
    expect(columns.map(({ label }) => label)).toEqual(["pane 0", "base now, with reasoning", "pane 1"]);
    expect(columns[1]).toMatchObject({
      proof: { proven: true, modelHash: "abc", seed: 7 },
      response: { answerWords: 2, tokens: 2, reward: 3 },
    });
  });

  test("the reasoning is compared anew only where something was generated", () => {
    const answers = comparison([stored("check commas", []), stored("check commas twice", [])]);
    expect(columnsOf(readPanes("r1,r2"), answers, () => undefined)[0]?.response?.thinkDiff).toEqual([
      { text: "check commas", type: "shared" },
    ]);
    const again = columnsOf(readPanes("r1,g1.0.t"), answers, () => made);
    expect(again[1]?.response?.thinkDiff).toEqual([
      { text: "check commas ", type: "shared" },
      { text: "twice", type: "own" },
    ]);
  });

  test("verdicts flip against the first pane; what was not judged flips nothing", () => {
    const first = stored("", [verdict("a", "fail"), verdict("b", "pass"), verdict("c", "inactive"), verdict("d", "blocked")]);
    const second = stored("", [
      verdict("a", "pass"),
      verdict("b", "fail"),
      verdict("c", "pass"),
      verdict("d", "pass"),
      verdict("e", "pass"),
    ]);
    const grid = gridOf(columnsOf(readPanes("r1,r2,r3"), comparison([first, second, null]), () => undefined));
    expect(grid.map(({ path, cells }) => [path, ...cells.map(({ flip }) => flip)])).toEqual([
      ["a", null, "up", null],
      ["b", null, "down", null],
      ["c", null, null, null],
      ["d", null, "up", null],
      ["e", null, null, null],
    ]);
    expect(grid[0]?.cells.map(({ state }) => state)).toEqual(["fail", "pass", null]);
  });
});
