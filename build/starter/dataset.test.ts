// The shipped starter data: counts, validity, experts that pass the real rewards, no leak between the sets, balanced branches.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chooseBranch } from "../../electron/engine/constraints/composition.ts";
import { ruleLeaves } from "../../electron/engine/constraints/tree-shape.ts";
import { scoreResponse } from "../../electron/engine/rewards/reward.ts";
import { instructionRecordSchema, type CompositionNode, type InstructionRecord } from "../../shared/domain/instruction.ts";
import { jsonLines, makeSet, SETS } from "./sets.ts";
import { combinationKey, combinationSide, normalizedText, sideOf } from "../../electron/engine/synthesis/world/keys.ts";

const text = (name: string): string => readFileSync(new URL(`../../resources/starter/${name}.jsonl`, import.meta.url), "utf8");
const read = (name: string): InstructionRecord[] =>
  text(name)
    .trimEnd()
    .split("\n")
    .map((line) => instructionRecordSchema.parse(JSON.parse(line)));

const train = read("train");
const heldout = read("heldout");
const ood = read("heldout-ood");
const promptOf = (record: InstructionRecord): string => record.messages.map((message) => message.content).join("\n");
const trees = (records: readonly InstructionRecord[]): { tree: CompositionNode; input: string | undefined }[] =>
  records.flatMap(({ label, input }) => (label.type === "tree" ? [{ tree: label.tree, input }] : []));
const ruleIdsOf = (records: readonly InstructionRecord[]): Set<string> =>
  new Set(trees(records).flatMap(({ tree }) => ruleLeaves(tree).map((leaf) => leaf.id)));
const OOD_IDS = [
  "detectable_content:postscript",
  "startend:quotation",
  "raif:numbered_list",
  "keywords:letter_frequency",
  "raif:separator",
];

describe("starter data", () => {
  test("files are what the generator makes", () => {
    for (const plan of SETS.filter((entry) => entry.name !== "train")) expect(jsonLines(makeSet(plan)) === text(plan.name)).toBe(true);
  });

  test("has the promised sizes and rule types", () => {
    const maths = (records: readonly InstructionRecord[]): number => records.filter((record) => record.label.type === "math").length;
    expect(train.length - maths(train)).toBeGreaterThanOrEqual(3000);
    expect(maths(train)).toBeGreaterThanOrEqual(500);
    expect([heldout.length - maths(heldout), maths(heldout), ood.length]).toEqual([500, 50, 200]);
    expect(ruleIdsOf(train).size).toBeGreaterThanOrEqual(22);
    for (const id of OOD_IDS) {
      expect(ruleIdsOf(train)).not.toContain(id);
      expect(ruleIdsOf(ood)).toContain(id);
    }
    for (const { tree } of trees(ood)) expect(ruleLeaves(tree).some((leaf) => OOD_IDS.includes(leaf.id))).toBe(true);
  });

  test("every expert earns the full reward, and losing its answer's last word or its tags costs", () => {
    let broken = 0;
    for (const record of train) {
      if (record.label.type === "math") continue;
      const { think, answer } = record.expert ?? { think: "", answer: "" };
      const reward = scoreResponse({ text: `<think>\n${think}\n</think>\n<answer>\n${answer}\n</answer>`, record, requireThink: true });
      expect(reward.total, record.id).toBe(3);
      const words = answer.split(" ");
      const cut = scoreResponse({
        text: `<think>\n${think}\n</think>\n<answer>\n${words.slice(0, -1).join(" ")}\n</answer>`,
        record,
        requireThink: true,
      });
      if (cut.total < 3) broken++;
    }
    expect(broken).toBeGreaterThan(train.length / 3);
  });

  test("nothing leaks from training into the held-out sets, and nothing occurs twice", () => {
    for (const records of [train, heldout, ood]) {
      expect(new Set(records.map((record) => normalizedText(promptOf(record)))).size).toBe(records.length);
      expect(new Set(records.map((record) => record.id)).size).toBe(records.length);
    }
    const prompts = new Set(train.map((record) => normalizedText(promptOf(record))));
    const inputs = new Set(train.flatMap((record) => (record.input === undefined ? [] : [normalizedText(record.input)])));
    const combinations = new Set(trees(train).map(({ tree }) => combinationKey(tree)));
    for (const record of [...heldout, ...ood]) {
      expect(prompts.has(normalizedText(promptOf(record)))).toBe(false);
      if (record.input !== undefined) expect(inputs.has(normalizedText(record.input))).toBe(false);
      if (record.label.type === "tree") expect(combinations.has(combinationKey(record.label.tree))).toBe(false);
    }
    for (const { tree, input } of trees(train)) {
      expect(combinationSide(tree)).toBe("train");
      if (input !== undefined) expect(sideOf("input", input)).toBe("train");
    }
  });

  test("branches are taken equally often and no threshold gives the branch away", () => {
    let taken = 0;
    let selections = 0;
    const byThreshold = new Map<string, { taken: number; count: number }>();
    const visit = (node: CompositionNode, input: string | undefined): void => {
      if (node.type === "and") for (const child of node.children) visit(child, input);
      if (node.type !== "selection" || node.branches.length !== 1) return;
      const first = chooseBranch(node, input) === 0;
      selections++;
      if (first) taken++;
      const when = node.branches[0]?.when;
      if (when?.type !== "rule" || when.id !== "length_constraints:number_words") return;
      const key = `${String(when.kwargs["relation"])} ${String(when.kwargs["num_words"])}`;
      const entry = byThreshold.get(key) ?? { taken: 0, count: 0 };
      byThreshold.set(key, { taken: entry.taken + (first ? 1 : 0), count: entry.count + 1 });
    };
    for (const { tree, input } of trees(train)) visit(tree, input);
    expect(selections).toBeGreaterThan(800);
    expect(taken / selections).toBeGreaterThan(0.45);
    expect(taken / selections).toBeLessThan(0.55);
    const frequent = [...byThreshold].filter(([, entry]) => entry.count >= 12);
    expect(frequent.length).toBeGreaterThan(8);
    for (const [key, entry] of frequent) {
      expect(entry.taken, key).toBeGreaterThan(0);
      expect(entry.taken, key).toBeLessThan(entry.count);
    }
  });

  test("compositions are labelled with their true kind and reach depth 3", () => {
    const kinds = new Map<string, number>();
    for (const { tags } of train) {
      const kind = `${String(tags["composition"])} ${String(tags["depth"])}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    for (const kind of ["single 0", "and 1", "chain 1", "selection 1", "nested 2", "nested 3", "maths 0"])
      expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(200);
  });
});
