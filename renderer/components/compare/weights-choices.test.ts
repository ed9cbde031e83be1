import { describe, expect, test } from "vitest";
import { readPane } from "./compare-address.ts";
import { askOf, weightsChoices } from "./weights-choices.ts";

const checkpoint = (step: number) =>
  ({ id: step, step, kind: "resumable", content: "full", hash: "h", sizeBytes: 1, createdAtMs: 0 }) as const;

describe("weights that can be asked", () => {
  test("every checkpoint once and the base, each in three modes", () => {
    const choices = weightsChoices({ id: 7, checkpoints: [checkpoint(2), checkpoint(4), checkpoint(4)] });
    expect(choices.map(({ code }) => code)).toEqual([
      "w7.4.t",
      "w7.4.e",
      "w7.4.p",
      "w7.2.t",
      "w7.2.e",
      "w7.2.p",
      "w7.0.t",
      "w7.0.e",
      "w7.0.p",
    ]);
    expect(choices[8]?.label).toBe("base, free, asked now");
    expect(weightsChoices(undefined)).toEqual([]);
  });

  test("step 0 asks the base model, others their checkpoint", () => {
    const ask = (code: string) => {
      const pane = readPane(code);
      if (pane?.type !== "weights") throw new Error(code);
      return askOf(pane, "nano", 5);
    };
    expect(ask("w7.0.e")).toEqual({ source: { type: "base", model: "nano" }, mode: "empty", seed: 5 });
    expect(ask("w7.4.p")).toEqual({ source: { type: "checkpoint", runId: 7, step: 4 }, mode: "plain", seed: 5 });
  });
});
