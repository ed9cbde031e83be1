import { afterEach, beforeEach, expect, test } from "vitest";
import { addDataset, getDataset, listDatasetRecords, listDatasets } from "./datasets.ts";
import { allRows } from "./connection.ts";
import type { WriteConnection } from "./connection.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { workspaceDigest } from "./digest.ts";
import {
  addEvaluationItems,
  createEvaluation,
  endEvaluation,
  getEvaluation,
  interruptRunningEvaluations,
  listEvaluationItems,
  listEvaluations,
} from "./evaluations.ts";
import type { RolloutId, RunId } from "./ids.ts";
import { checkIntegrity, checkSearchIndex } from "./integrity.ts";
import { interruptJobs } from "./job-queue.ts";
import { createJob, getJob, listJobs, updateJob } from "./jobs.ts";
import { openWorkspace } from "./open-workspace.ts";
import { getRollout, listGroups, listRollouts, searchRollouts } from "./rollouts.ts";
import { createRun, deleteRun, getRun, interruptRunningRuns, setRunStatus } from "./runs.ts";
import { lastStep, listMetrics, listSteps, listTimings, recordStep, rewindToStep } from "./steps.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "./testing/sample-run.ts";

let db: WriteConnection;
let runId: RunId;
beforeEach(() => {
  db = openWorkspace(":memory:");
  runId = createRun(db, SAMPLE_RUN).id;
});
afterEach(() => db.close());

const bits = (values: Float32Array | undefined): number[] => [...new Uint32Array(values?.slice().buffer ?? new ArrayBuffer(0))];

test("a step comes back as it went in, every bit of its arrays included", () => {
  const record = sampleStep(runId, 1);
  const logProbs = new Float32Array(new Uint32Array([0x7fc00000, 0x7fc0dead, 0xff800000, 0x80000000, 1, 0x3f800000]).buffer);
  const group = record.groups[0];
  const rollout = group?.rollouts[0];
  if (group === undefined || rollout === undefined) throw new Error("empty sample");
  const odd = {
    ...rollout,
    tokenIds: [0, 1, 2, 3, 4, 4294967295],
    logProbs,
    oldLogProbs: undefined,
    refLogProbs: logProbs.subarray(),
    think: undefined,
  };
  recordStep(db, { ...record, groups: [{ ...group, rollouts: [odd, ...group.rollouts.slice(1)] }, ...record.groups.slice(1)] });

  const [first, second] = listRollouts(db, runId, { step: 1 });
  const stored = getRollout(db, first?.id as RolloutId);
  expect([...stored.tokenIds]).toEqual(odd.tokenIds);
  expect([bits(stored.logProbs), bits(stored.refLogProbs), stored.oldLogProbs, stored.think]).toEqual([
    bits(logProbs),
    bits(logProbs),
    undefined,
    null,
  ]);
  expect(stored.verdicts).toEqual(rollout.reward.verdicts);
  expect([stored.prompt, [...stored.promptIds]]).toEqual([group.prompts.think?.text, [0, 4294967295, 7]]);
  expect(getRollout(db, second?.id as RolloutId)).toMatchObject({
    advantage: group.rollouts[1]?.advantage,
    seed: group.rollouts[1]?.seed,
    mode: "think",
  });

  expect(listGroups(db, runId, 1)[1]).toMatchObject({ kept: false, dropReason: "empty-beats-think", details: { margin: -0.5 } });
  expect(listSteps(db, runId)).toMatchObject([
    { step: 1, random: record.random, cursor: record.cursor, adapterHash: "adapter-1", samplerHash: "sampler" },
  ]);
  expect(Object.fromEntries(listMetrics(db, runId).map(({ name, value }) => [name, value]))).toEqual(record.metrics);
  expect(listTimings(db, runId)).toEqual([
    { step: 1, name: "rollout", valueMs: 12.5 },
    { step: 1, name: "update", valueMs: 7 },
  ]);
});

test("a step that cannot be stored whole is not stored at all", () => {
  recordStep(db, sampleStep(runId, 1));
  const before = workspaceDigest(db, runId);
  const bad = sampleStep(runId, 2);
  const lastGroup = bad.groups[2];
  if (lastGroup === undefined) throw new Error("empty sample");
  expect(() => recordStep(db, { ...bad, groups: [...bad.groups, lastGroup] })).toThrow("UNIQUE");
  expect(() =>
    recordStep(db, {
      ...bad,
      groups: [{ ...lastGroup, rollouts: [{ ...(lastGroup.rollouts[0] as never as object), tokenIds: [1] } as never] }],
    }),
  ).toThrow(RangeError);
  expect(() => recordStep(db, sampleStep(runId, 1))).toThrow("after step 1");
  expect(workspaceDigest(db, runId)).toEqual(before);
  recordStep(db, bad);
  expect(lastStep(db, runId)).toBe(2);
});

test("rewinding removes later steps with all that hangs on them, and redoing them gives the same digest", () => {
  for (let step = 1; step <= 3; step++) recordStep(db, { ...sampleStep(runId, step), checkpoint: sampleCheckpoint(step) });
  const before = workspaceDigest(db, runId);
  expect(rewindToStep(db, runId, 1)).toBe(2);
  expect(
    allRows(
      db,
      "SELECT (SELECT count(*) FROM rollouts) AS rollouts, (SELECT count(*) FROM verdicts) AS verdicts, (SELECT max(step) FROM metrics) AS step",
    ),
  ).toEqual([{ rollouts: 12, verdicts: 36, step: 1 }]);
  expect([checkIntegrity(db), checkSearchIndex(db), listCheckpoints(db, runId).map((each) => each.step)]).toEqual([[], [], [1]]);
  for (let step = 2; step <= 3; step++)
    recordStep(db, { ...sampleStep(runId, step), checkpoint: sampleCheckpoint(step), timingsMs: { rollout: 99 } });
  expect(workspaceDigest(db, runId)).toEqual(before);
});

test.each([
  ["metrics", "UPDATE metrics SET value = value + 1e-9 WHERE name = 'reward' AND step = 2"],
  ["steps", "UPDATE expert_samples SET loss = 1.25 WHERE step = 1"],
  ["groups", "UPDATE group_prompts SET token_ids = x'00000001' WHERE id = 1"],
  ["rollouts", "UPDATE rollouts SET log_probs = zeroblob(length(log_probs)) WHERE id = 5"],
  ["verdicts", "UPDATE verdicts SET spans_json = '[[0,5]]' WHERE rollout_id = 3 AND position = 2"],
  ["checkpoints", "UPDATE checkpoint_tensor_parts SET data = zeroblob(length(data)) WHERE tensor_id = 2"],
] as const)("the digest notices a change in %s and names it", (part, sql) => {
  for (let step = 1; step <= 2; step++) recordStep(db, { ...sampleStep(runId, step), checkpoint: sampleCheckpoint(step) });
  const before = workspaceDigest(db, runId);
  expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  const after = workspaceDigest(db, runId);
  expect(after.digest).not.toBe(before.digest);
  expect(Object.keys(before.parts).filter((name) => before.parts[name as "steps"] !== after.parts[name as "steps"])).toEqual([part]);
});

test("search finds prompts, reasoning and answers, takes any input literally, and forgets deleted rows", () => {
  const record = sampleStep(runId, 1);
  const group = record.groups[0];
  const rollout = group?.rollouts[0];
  if (group === undefined || rollout === undefined) throw new Error("empty sample");
  const texts = { think: "weigh the Éclair", answer: "a crocodile", text: "whole" };
  const prompts = { think: { text: "describe a submarine", tokenIds: [1] } };
  const unparsed = { ...rollout, sampleIndex: 1, think: undefined, answer: undefined, text: "broken <think> zeppelin" };
  recordStep(db, { ...record, groups: [{ ...group, prompts, rollouts: [{ ...rollout, ...texts }, unparsed] }] });
  const found = (text: string): number[] => searchRollouts(db, runId, text).map((match) => match.sampleIndex);
  expect([found("CROCODILE"), found("eclair crocodile"), found("zeppelin"), found("submarine"), found("croc")]).toEqual([
    [0],
    [0],
    [1],
    [0, 1],
    [],
  ]);
  expect([found('"'), found("crocodile OR NEAR("), found("answer: croc*"), found("")]).toEqual([[], [], [], []]);
  expect(searchRollouts(db, runId, "submarine")[0]?.passage).toBe("describe a \u0001submarine\u0002");
  deleteRun(db, runId);
  expect(searchRollouts(db, runId, "crocodile")).toEqual([]);
  expect([checkSearchIndex(db), checkIntegrity(db)]).toEqual([[], []]);
});

test("runs keep configuration and status; datasets are versioned by content; jobs and evaluations come back", () => {
  expect(getRun(db, runId)).toMatchObject({ ...SAMPLE_RUN, status: "running", lastStep: 0 });
  expect(interruptRunningRuns(db)).toEqual([runId]);
  setRunStatus(db, runId, "failed", { code: "non-finite" });
  expect(getRun(db, runId)).toMatchObject({ status: "failed", error: { code: "non-finite" } });
  expect(() => getRun(db, 99 as RunId)).toThrow(expect.objectContaining({ code: "not-found" }));

  const record = {
    id: "a",
    messages: [{ role: "user" as const, content: "hi" }],
    label: { type: "math" as const, answer: "4" },
    tags: { b: 1, a: true },
  };
  const first = addDataset(db, { name: "starter", source: "starter", records: [record] });
  const same = addDataset(db, {
    name: "starter",
    source: "elsewhere",
    records: [{ tags: { a: true, b: 1 }, label: record.label, messages: record.messages, id: "a" }],
  });
  const second = addDataset(db, { name: "starter", source: "starter", records: [record, { ...record, id: "b" }] });
  expect([first.version, same.id, second.version, listDatasets(db).length]).toEqual([1, first.id, 2, 2]);
  expect(listDatasetRecords(db, second.id, 1, 1)).toEqual([{ ...record, id: "b" }]);

  expect(getDataset(db, second.id)).toEqual(second);

  const job = createJob(db, { kind: "train", arguments: { steps: 3 } });
  updateJob(db, job, { status: "running", runId, progress: { step: 1 } });
  expect(interruptJobs(db, { code: "engine-failed", message: "gone" })).toHaveLength(1);
  expect(listJobs(db)).toEqual([getJob(db, job)]);
  expect(getJob(db, job)).toMatchObject({ status: "interrupted", runId, arguments: { steps: 3 }, progress: { step: 1 } });

  const rollout = sampleStep(runId, 1).groups[0]?.rollouts[0];
  if (rollout === undefined) throw new Error("empty sample");
  const id = createEvaluation(db, {
    runId,
    step: 1,
    model: "nano",
    modelHash: "m",
    chatTemplateHash: "t",
    samplerHash: "s",
    datasetName: "heldout",
    dataHash: "d",
    method: "cot",
    config: {},
  });
  const { text, think, answer, finish, seed, tokenIds, logProbs } = rollout;
  const item = {
    position: 0,
    recordId: "a",
    text,
    think,
    answer,
    finish,
    seed,
    tokenIds,
    logProbs,
    promptIds: Uint32Array.of(3),
    correct: false,
    checksPassed: 1,
    checksActive: 2,
    gate: "ok",
    verdicts: rollout.reward.verdicts,
  };
  addEvaluationItems(db, id, [item]);
  expect(interruptRunningEvaluations(db)).toBe(1);
  endEvaluation(db, id, "finished", { accuracy: 0.5 });
  expect(listEvaluationItems(db, id)).toEqual([item]);
  expect(listEvaluations(db, runId)).toEqual([getEvaluation(db, id)]);
  expect(getEvaluation(db, id)).toMatchObject({ status: "finished", summary: { accuracy: 0.5 }, runId, method: "cot" });
});
