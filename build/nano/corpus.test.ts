// The corpus sampler: pure, in format, clear of held-out data, and of the quality by style that the training method needs.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ruleLeaves } from "../../electron/engine/constraints/tree-shape.ts";
import { parseResponse } from "../../electron/engine/rewards/format.ts";
import { scoreAnswer } from "../../electron/engine/rewards/reward.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { combinationKey, normalizedText, sideOf } from "../../electron/engine/synthesis/world/keys.ts";
import { HABITS_MIXTURE, PREFILLS, sampleAt, type CorpusSample } from "./corpus.ts";

const SAMPLES = 6000;
const samples = Array.from({ length: SAMPLES }, (_, index) => sampleAt(3, index));
const heldout = ["heldout", "heldout-ood"].flatMap((name) =>
  readFileSync(new URL(`../../resources/starter/${name}.jsonl`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as InstructionRecord),
);

function answerOf(sample: CorpusSample): string {
  return sample.prefill === "none" ? sample.response : parseResponse(PREFILLS[sample.prefill] + sample.response, "strict").answer;
}

function passRate(wanted: (sample: CorpusSample, checks: number) => boolean): number {
  const chosen = samples.filter((sample) => sample.record?.label.type === "tree" && wanted(sample, Number(sample.record.tags["checks"])));
  return (
    chosen.filter((sample) => sample.record !== undefined && scoreAnswer(answerOf(sample), sample.record).accuracy === 2).length /
    chosen.length
  );
}

describe("pre-training corpus", () => {
  test("is a pure function of seed and index", () => {
    for (const index of [0, 17, 4000]) expect(sampleAt(3, index)).toEqual(samples[index]);
    expect(sampleAt(4, 0)).not.toEqual(samples[0]);
  });

  test("follows the format of its pre-fill, deep only where thinking is open", () => {
    for (const sample of samples) {
      if (sample.prefill === "none") expect(sample.response).not.toMatch(/<\/?(think|answer)>/);
      else expect(parseResponse(PREFILLS[sample.prefill] + sample.response, "strict").formatOk).toBe(true);
      expect(sample.messages[0]?.role).toBe(sample.prefill === "none" ? "user" : "system");
      if (sample.style === "deep" || sample.style === "shallow") expect(sample.prefill).toBe("think");
    }
    const thinking = samples.filter((sample) => sample.prefill === "think");
    const deep = thinking.filter((sample) => sample.style === "deep").length / thinking.length;
    expect(Math.abs(deep - HABITS_MIXTURE.deep)).toBeLessThan(0.02);
  });

  test("never meets held-out instructions, texts, combinations or sums", () => {
    const prompts = new Set(heldout.map((record) => normalizedText(record.messages[0]?.content ?? "")));
    const combinations = new Set(heldout.flatMap(({ label }) => (label.type === "tree" ? [combinationKey(label.tree)] : [])));
    for (const { messages, record } of samples) {
      expect(prompts.has(normalizedText(messages.at(-1)?.content ?? ""))).toBe(false);
      if (record?.input !== undefined) expect(sideOf("input", record.input)).toBe("train");
      if (record?.label.type === "tree") expect(combinations.has(combinationKey(record.label.tree))).toBe(false);
    }
  });

  test("has rules outside the training distribution as single rules only", () => {
    const ids = new Set([
      "detectable_content:postscript",
      "startend:quotation",
      "raif:numbered_list",
      "keywords:letter_frequency",
      "raif:separator",
    ]);
    let single = 0;
    for (const { record } of samples) {
      if (record?.label.type !== "tree") continue;
      if (!ruleLeaves(record.label.tree).some((leaf) => ids.has(leaf.id))) continue;
      expect(record.label.tree.type).toBe("rule");
      single++;
    }
    expect(single).toBeGreaterThan(50);
  });

  test("answers single rules often, several seldom; deep is right, shallow no better than direct", () => {
    const single = passRate((sample, checks) => sample.style !== "deep" && checks === 1);
    expect(single).toBeGreaterThan(0.75);
    expect(single).toBeLessThan(0.9);
    const direct = passRate((sample, checks) => sample.style === "direct" && checks >= 3);
    const shallow = passRate((sample, checks) => sample.style === "shallow" && checks >= 3);
    expect(direct).toBeLessThan(0.45);
    expect(shallow).toBeGreaterThan(0.15);
    expect(shallow).toBeLessThan(direct);
    expect(passRate((sample) => sample.style === "deep")).toBeGreaterThanOrEqual(0.97);
  });
});
