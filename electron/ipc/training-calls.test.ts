// The calls about training sessions and jobs, through the dispatch of a whole host with the real engine on a tiny model.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contract, type CallName, type InputOf, type OutputOf } from "../../shared/contract/contract.ts";
import type { JobResult, JobSummary } from "../../shared/domain/job.ts";
import { unwrap, type Result } from "../../shared/result.ts";
import { SLOW_ENGINE } from "../engine-host/testing/test-host.ts";
import { TINY_SETTINGS, tinyFolder, type TinyFolder } from "../engine-host/testing/tiny-training.ts";
import { nodeEngineLauncher } from "../engine-host/engine-process.ts";
import { SafetensorsFile } from "../engine/model/safetensors.ts";
import { parseRecords } from "../services/dataset-file.ts";
import { addDataset } from "../storage/datasets.ts";
import { noDialogs, sessionSecrets, openHost, type Host } from "./host.ts";
import { launchNodeAside, sideTasks } from "./side-task.ts";

let tiny: TinyFolder;
let host: Host;
let data: string;
const bugs: unknown[] = [];

beforeAll(async () => {
  tiny = await tinyFolder();
  host = openHost({
    surface: "served",
    workspaceFile: tiny.workspace("calls"),
    launchEngine: nodeEngineLauncher(SLOW_ENGINE),
    runAside: sideTasks(launchNodeAside),
    dialogs: noDialogs,
    secrets: sessionSecrets(),
    example: false,
    onBug: (where, error) => bugs.push([where, error]),
  });
  const records = parseRecords(readFileSync(tiny.data, "utf8"), tiny.data);
  const { id } = host.context.workspaces.own.write((db) => addDataset(db, { name: "tiny", source: tiny.data, records }));
  data = `dataset:${id}`;
  tiny = { ...tiny, model: unwrap(await call("models.import", { path: tiny.model }))?.name ?? "" };
});
afterAll(async () => {
  await host.close();
  tiny.remove();
  expect(bugs).toEqual([]);
});

async function call<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<Result<OutputOf<Name>>> {
  return (await host.dispatch(name, input)) as Result<OutputOf<Name>>;
}

async function ask<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  return unwrap(await call(name, input));
}

async function until<Found>(look: () => Promise<Found | false>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ended(jobId: number): Promise<JobSummary> {
  return until(async () => {
    const job = await ask("jobs.get", { jobId });
    return !["queued", "running"].includes(job.status) && job;
  });
}

async function resultOf<Type extends JobResult["type"]>(
  { jobId }: { readonly jobId: number },
  type: Type,
): Promise<Extract<JobResult, { readonly type: Type }>> {
  const job = await ended(jobId);
  expect(job, job.error?.message).toMatchObject({ status: "finished", fraction: 1, activity: "", error: null });
  const result = await ask("jobs.result", { jobId });
  if (result?.type !== type) throw new Error(`job ${jobId} made ${result?.type ?? "nothing"}`);
  return result as Extract<JobResult, { readonly type: Type }>;
}

/** Starts a training and waits for its first step. */
async function begin(set: Readonly<Record<string, number>> = {}): Promise<{ readonly jobId: number; readonly runId: number }> {
  const { jobId } = await ask("training.start", { model: tiny.model, data, set: { ...TINY_SETTINGS, ...set } });
  return until(async () => {
    const { runId } = await ask("jobs.get", { jobId });
    return runId !== null && (await ask("training.progress", { runId })).lastStep > 0 && { jobId, runId };
  });
}

test("every setting stands under a heading with its meaning; recipes say what they change", async () => {
  const settings = await ask("training.settings", {});
  expect(settings.length).toBeGreaterThan(45);
  expect(settings.filter(({ group, description }) => group === "Other" || group === "" || description === "")).toEqual([]);
  expect(settings.find(({ key }) => key === "learningRate")).toMatchObject({
    group: "Optimiser",
    default: 1e-6,
    paper: 1e-6,
    type: "number",
  });
  const recipes = await ask("training.recipes", {});
  const overrides = Object.fromEntries(recipes.map((recipe) => [recipe.name, recipe.overrides]));
  expect(overrides).toMatchObject({
    paper: {},
    "no-superior-cot": { "superiorCot.enabled": false },
    "no-cloning": { "cloning.enabled": false },
    "no-maths": { maths: false },
    grpo: { method: "grpo", "superiorCot.enabled": false, "cloning.enabled": false },
    sft: { method: "sft" },
    "released-code": { "superiorCot.thinkSamples": 6 },
  });
  expect(recipes.every(({ title, description }) => title !== "" && description !== "")).toBe(true);
});

test("half-filled settings are resolved: differences from the recipe, and what cannot be taken by its key", async () => {
  const resolved = await ask("training.resolve", { recipe: "grpo", set: { learningRate: 2e-6, steps: 2000, topK: -1, stepps: 3 } });
  expect(resolved.differences).toEqual([{ key: "learningRate", value: 2e-6, recipe: 1e-6, paper: 1e-6 }]);
  expect(resolved.values).toMatchObject({ method: "grpo", "superiorCot.enabled": false, topK: 0 });
  expect(resolved.problems.map(({ key }) => key)).toEqual(["topK", "stepps"]);
  expect(resolved.problems[1]?.message).toContain('"steps"');
  expect((await ask("training.resolve", { recipe: "papre" })).problems).toMatchObject([{ key: null }]);
  expect((await ask("training.resolve", { model: tiny.model })).problems).toMatchObject([
    { key: "maxNewTokens", message: expect.stringContaining("less than 512") },
  ]);
  expect((await ask("training.resolve", { model: "/absent" })).problems).toMatchObject([{ key: null }]);
  expect((await ask("training.resolve", { model: tiny.model, recipe: "sft" })).problems).toEqual([]);
});

test("data sets are the shipped ones and those of the workspace", async () => {
  const choices = await ask("training.datasets", {});
  expect(choices.map(({ name, shipped }) => [name, shipped])).toEqual([
    ["starter", true],
    ["heldout", true],
    ["heldout-ood", true],
    [data, false],
  ]);
  expect(choices[0]?.experts).toBeGreaterThan(0);
  expect(choices.at(-1)).toMatchObject({ title: "tiny", records: 8, experts: 5 });
});

test("a file of one's own is taken into the workspace, once; a bad line is named", async () => {
  const mine = join(tiny.path, "mine.jsonl");
  writeFileSync(mine, readFileSync(tiny.data, "utf8").split("\n").slice(0, 3).join("\n"));
  const added = await ask("training.importData", { path: mine });
  expect(added).toMatchObject({ title: "mine", records: 3, experts: 2, shipped: false });
  expect(await ask("training.importData", { path: mine })).toEqual(added);
  expect((await ask("training.datasets", {})).filter(({ title }) => title === "mine")).toEqual([added]);
  writeFileSync(mine, "\n{oops");
  expect(await call("training.importData", { path: mine })).toMatchObject({
    ok: false,
    error: { code: "invalid-record", message: expect.stringContaining("mine.jsonl:2") },
  });
  expect(await call("training.importData", { path: "mine.jsonl" })).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
  expect(await call("training.importData", {})).toMatchObject({ ok: false, error: { code: "unsupported" } });
});

test("a session runs from start to finish, is followed on the way, and says how healthy it is", async () => {
  const { jobId, runId } = await begin();
  const [working] = await ask("jobs.queue", {});
  expect(working).toMatchObject({ id: jobId, kind: "train", status: "running", title: `Train ${tiny.model} on ${data}` });
  expect(await resultOf({ jobId }, "run")).toEqual({ type: "run", runId, steps: 5 });
  const progress = await ask("training.progress", { runId });
  expect(progress).toMatchObject({ runId, jobId: null, activity: "", lastStep: 5, totalSteps: 5, msLeft: 0 });
  expect(progress.msPerStep).toBeGreaterThan(0);
  expect(progress.tokensPerSecond).toBeGreaterThan(0);
  const rollouts = await ask("training.newestRollouts", { runId, limit: 12 });
  expect(rollouts.map(({ step, groupIndex, sampleIndex }) => [step, groupIndex, sampleIndex]).slice(0, 4)).toEqual([
    [5, 0, 0],
    [5, 0, 1],
    [5, 0, 2],
    [5, 1, 0],
  ]);
  expect(rollouts.at(-1)?.step).toBe(4);
  expect(rollouts.every(({ tokens, checksActive }) => tokens >= 1 && tokens <= 8 && checksActive === 1)).toBe(true);
  const health = await ask("training.health", { runId });
  expect(health.map(({ id }) => id)).toContain("all-truncated");
  expect(await call("training.resume", { runId })).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
});

test("pause, resume once however often it is asked for, stop, and go on", async () => {
  const { jobId, runId } = await begin();
  expect(await ask("training.pause", { runId })).toEqual({ requested: true });
  await ended(jobId);
  expect((await ask("runs.get", { runId })).status).toBe("paused");
  expect(await ask("training.pause", { runId })).toEqual({ requested: false });
  const first = await ask("training.resume", { runId });
  expect(await ask("training.resume", { runId })).toEqual(first);
  await until(async () => (await ask("jobs.get", first)).activity !== "");
  expect(await ask("training.stop", { runId })).toEqual({ requested: true });
  await ended(first.jobId);
  expect(["cancelled", "finished"]).toContain((await ask("runs.get", { runId })).status);
});

test("a fork goes on from a checkpoint with changed settings; impossible ones are refused at once", async () => {
  const fork = { runId: 1, step: 4, set: { steps: 6, learningRate: 0.02 }, name: "Faster" };
  const { runId } = await resultOf(await ask("training.fork", fork), "run");
  expect(await ask("runs.get", { runId })).toMatchObject({
    name: "Faster",
    forkedFrom: { runId: 1, step: 4 },
    lastStep: 6,
    status: "finished",
    settings: { learningRate: 0.02, steps: 6 },
  });
  const refused = async (change: object): Promise<unknown> => {
    const result = await call("training.fork", { ...fork, ...change });
    return result.ok ? "taken" : result.error.code;
  };
  expect(await refused({ step: 3 })).toBe("not-found");
  expect(await refused({ runId: 99 })).toBe("not-found");
  expect(await refused({ set: { steps: 4 } })).toBe("invalid-config");
  expect(await refused({ set: { "lora.enabled": true } })).toBe("invalid-config");
});

test("the pre-flight shows prompt, left-out records, memory and a probe, and says what they mean", async () => {
  const { report } = await resultOf(
    await ask("training.preflight", { model: tiny.model, data, set: TINY_SETTINGS, probeGroups: 2 }),
    "preflight",
  );
  expect(report.template).toMatchObject({ state: "pass", problems: [] });
  expect(report.template?.renderedThink).toContain("Say cat.");
  expect(report.prompts).toMatchObject({ records: 8, used: 7, overlongCount: 1, overlong: [{ recordId: "too-long" }], experts: 4 });
  expect(report.memory?.totalBytes).toBeGreaterThan(0);
  expect(report.probe).toMatchObject({ plannedGroups: 2, truncatedShare: expect.any(Number), rewardMean: expect.any(Number) });
  expect(report.probe?.groups).toHaveLength(2);
  // A random model earns the same lowest reward every time.
  expect(report.verdict?.state).toBe("fail");
  expect(report.verdict?.sentences.join(" ")).toContain("nothing to tell good from bad");
});

test("a model speaks: streamed, judged, with hashes; the same seed says the same", async () => {
  const events: { readonly index: number; readonly done: boolean }[] = [];
  const end = host.subscribe((topic, payload) => {
    if (topic === "generation") events.push(payload as (typeof events)[number]);
  });
  const [rollout] = await ask("training.newestRollouts", { runId: 1, limit: 1 });
  const checkpoint = { type: "checkpoint" as const, runId: 1 };
  const request = {
    prompt: { type: "rollout" as const, rolloutId: rollout?.id ?? 0 },
    asks: [
      { source: { type: "base" as const, model: tiny.model }, mode: "think" as const, seed: 1 },
      { source: checkpoint, mode: "empty" as const, seed: 1 },
      { source: checkpoint, mode: "plain" as const, seed: 2 },
    ],
    maxNewTokens: 6,
  };
  const { responses } = await resultOf(await ask("models.generate", request), "responses");
  expect(responses.map(({ index, step, reward }) => [index, step, reward?.checks ?? null])).toEqual([
    [0, null, 1],
    [1, 5, 1],
    [2, 5, null],
  ]);
  expect(responses[0]?.modelHash).not.toBe(responses[1]?.modelHash);
  expect(
    responses.every(({ tokenIds, logProbs, tokens }) => tokenIds.length === logProbs.length && tokens.length === tokenIds.length),
  ).toBe(true);
  await until(async () => events.filter(({ done }) => done).length >= 3);
  end();
  const again = await resultOf(await ask("models.generate", request), "responses");
  expect(again.responses).toEqual(responses);
});

test("stored tokens are scored as the run scored them; a newer checkpoint scores them otherwise", async () => {
  const rollouts = await ask("training.newestRollouts", { runId: 1, limit: 500 });
  const rollout = rollouts.find(({ mode, step, kept }) => mode === "think" && step === 5 && kept) ?? rollouts[0];
  const rolloutId = rollout?.id ?? 0;
  const { scores } = await resultOf(await ask("models.score", { rolloutId, source: { type: "checkpoint", runId: 1, step: 4 } }), "scores");
  const { db } = host.context.workspaces.own;
  const row = db.prepare("SELECT log_probs AS blob FROM rollouts WHERE id = ?").get(rolloutId) as { readonly blob: Buffer };
  const sampled = Array.from({ length: row.blob.length / 4 }, (_, i) => row.blob.readFloatLE(4 * i));
  expect(scores.logProbs).toHaveLength(sampled.length);
  scores.logProbs.forEach((value, i) => expect(value).toBeCloseTo(sampled[i] as number, 4));
  expect(scores.entropies.every((value) => value > 0)).toBe(true);
  const newer = await resultOf(await ask("models.score", { rolloutId }), "scores");
  expect(newer.scores.step).toBe(5);
  expect(newer.scores.logProbs).not.toEqual(scores.logProbs);
  expect(newer.scores.refLogProbs).toEqual(scores.refLogProbs);
});

test("a stored response is made again, token by token, by the weights that spoke and its seed", async () => {
  const { db } = host.context.workspaces.own;
  const rows = db
    .prepare(
      `SELECT r.id, r.mode, r.seed, r.text, r.token_ids AS blob FROM rollouts r JOIN groups g ON g.id = r.group_id
       WHERE g.run_id = 1 AND g.step = 5 ORDER BY g.group_index, r.sample_index`,
    )
    .all() as {
    readonly id: number;
    readonly mode: "think" | "empty";
    readonly seed: number;
    readonly text: string;
    readonly blob: Buffer;
  }[];
  const source = { type: "checkpoint" as const, runId: 1, step: 4 };
  for (const { id, mode, seed, text, blob } of rows.slice(0, 4)) {
    const request = { prompt: { type: "rollout" as const, rolloutId: id }, asks: [{ source, mode, seed }], maxNewTokens: 8 };
    const { responses } = await resultOf(await ask("models.generate", request), "responses");
    const stored = Array.from({ length: blob.length / 4 }, (_, i) => blob.readUInt32LE(4 * i));
    expect(responses[0]).toMatchObject({ tokenIds: stored, text });
  }
});

test("a model is measured on a data set, and what a run trained is exported", async () => {
  const measured = await ask("models.evaluate", { source: { type: "checkpoint", runId: 1 }, data, method: "cot", maxNewTokens: 4 });
  expect((await resultOf(measured, "evaluation")).evaluationId).toBeGreaterThan(0);
  const to = join(tiny.path, "exported");
  const started = await ask("models.export", { runId: 1, content: "merged", to });
  expect((await resultOf(started ?? { jobId: 0 }, "export")).path).toBe(to);
  expect(existsSync(join(to, "model.safetensors"))).toBe(true);
  const adapter = await ask("models.export", { runId: 1, content: "adapter", to: join(tiny.path, "adapter") });
  expect(await ended(adapter?.jobId ?? 0)).toMatchObject({ status: "failed", error: { code: "invalid-argument" } });
});

test("an adapter is trained and exported as PEFT has it", async () => {
  const { jobId } = await ask("training.start", {
    model: tiny.model,
    data,
    set: { ...TINY_SETTINGS, steps: 1, "lora.enabled": true, "lora.rank": 2 },
  });
  const { runId } = await resultOf({ jobId }, "run");
  const to = join(tiny.path, "adapter");
  const exported = await ask("models.export", { runId, content: "adapter", to });
  await resultOf(exported ?? { jobId: 0 }, "export");
  expect(JSON.parse(readFileSync(join(to, "adapter_config.json"), "utf8"))).toMatchObject({ peft_type: "LORA", r: 2, lora_alpha: 32 });
  const file = await SafetensorsFile.open(join(to, "adapter_model.safetensors"));
  const names = [...file.entries.keys()];
  await file.close();
  expect(names).toContain("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  expect(names.every((name) => name.startsWith("base_model.model.model.layers."))).toBe(true);
});

test("waiting jobs are listed in their order, moved to the front, and cancelled", async () => {
  const { runId } = await begin({ steps: 200 });
  const set = { ...TINY_SETTINGS, steps: 1 };
  const start = (name: string) => ask("training.start", { model: tiny.model, data, set, name });
  const [a, b] = [await start("First"), await start("Second")];
  const waiting = async () => (await ask("jobs.queue", {})).slice(1).map(({ title, status }) => [title, status]);
  expect(await waiting()).toEqual([
    ["First", "queued"],
    ["Second", "queued"],
  ]);
  await ask("jobs.runNext", b);
  expect(await waiting()).toEqual([
    ["Second", "queued"],
    ["First", "queued"],
  ]);
  expect(await ask("jobs.cancel", a)).toMatchObject({ status: "cancelled" });
  expect(await call("jobs.runNext", a)).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
  await ask("training.stop", { runId });
  expect((await ended(b.jobId)).status).toBe("finished");
  expect((await ask("jobs.list", { limit: 2 })).map(({ title, status }) => [title, status])).toEqual([
    ["Second", "finished"],
    ["First", "cancelled"],
  ]);
});

test("a session that never began is tried again or forgotten; one that has a run is not begun twice", async () => {
  const noPrompt = { ...TINY_SETTINGS, maxPromptTokens: 3 };
  const { jobId } = await ask("training.start", { model: tiny.model, data, set: noPrompt });
  expect(await ended(jobId)).toMatchObject({ status: "failed", runId: null, error: { code: "prompt-too-long" } });
  const again = await ask("jobs.again", { jobId });
  expect((await ended(again.jobId)).status).toBe("failed");
  expect(await ask("jobs.cancel", { jobId })).toMatchObject({ status: "cancelled" });
  const [finished] = (await ask("jobs.list", {})).filter(({ status }) => status === "finished");
  expect(await call("jobs.again", { jobId: finished?.id ?? 0 })).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
  const begun = await begin({ steps: 200 });
  await ask("jobs.cancel", { jobId: begun.jobId });
  expect((await ended(begun.jobId)).status).toBe("cancelled");
  expect(await call("jobs.again", { jobId: begun.jobId })).toMatchObject({
    ok: false,
    error: { code: "invalid-argument", message: expect.stringContaining(`Resume run ${begun.runId}`) },
  });
});

test("what is not on a list is refused before it waits", async () => {
  const codes = [];
  for (const change of [
    { model: "/etc" },
    { data: "/etc/passwd" },
    { data: "dataset:99" },
    { recipe: "papre" },
    { set: { stepps: 1 } },
    { set: { maxNewTokens: 512 } },
  ]) {
    const result = await call("training.start", { model: tiny.model, data, ...change });
    codes.push(result.ok ? "taken" : result.error.code);
  }
  expect(codes).toEqual(["not-found", "not-found", "not-found", "invalid-argument", "invalid-config", "invalid-config"]);
});

test("invalid input is refused by every call, and unknown ids by those that take one", async () => {
  for (const space of ["training", "jobs"] as const) {
    for (const name of Object.keys(contract[space])) {
      const result = await host.dispatch(`${space}.${name}`, { surprise: 1 });
      expect(result, `${space}.${name}`).toMatchObject({ ok: false, error: { code: "invalid-argument" } });
    }
  }
  for (const name of ["pause", "resume", "stop", "progress", "health", "newestRollouts"]) {
    expect(await host.dispatch(`training.${name}`, { runId: 999 }), name).toMatchObject({ ok: false, error: { code: "not-found" } });
  }
  for (const name of ["get", "result", "cancel", "again", "runNext"]) {
    expect(await host.dispatch(`jobs.${name}`, { jobId: 999 }), name).toMatchObject({ ok: false, error: { code: "not-found" } });
  }
});
