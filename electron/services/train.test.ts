import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkIntegrity } from "../storage/integrity.ts";
import { workspaceDigest } from "../storage/digest.ts";
import { acquireEngineLock } from "../storage/engine-lock.ts";
import { openEngineWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import { listRollouts } from "../storage/rollouts.ts";
import { listRuns } from "../storage/runs.ts";
import { listMetrics } from "../storage/steps.ts";
import { parseRecords } from "./dataset-file.ts";
import { loadModelFolder } from "../engine/model/hf-folder.ts";
import { exportRun } from "./export-run.ts";
import { openSingleThreadEngine } from "./testing/single-thread-engine.ts";
import * as service from "./train.ts";
import type { ResumeRequest, TrainHooks, TrainRequest, TrainStart } from "./train.ts";
import { tinyDataset, writeTinyModel } from "./testing/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-train-"));
const model = join(folder, "model");
const data = join(folder, "data.jsonl");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  await writeTinyModel(model, join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
});

const SETTINGS = {
  steps: 5,
  promptsPerStep: 3,
  numGenerations: 2,
  maxNewTokens: 8,
  maxPromptTokens: 400,
  checkpointEverySteps: 2,
  learningRate: 0.01,
  overlong: "keep",
  "superiorCot.thinkSamples": 2,
  "superiorCot.emptySamples": 1,
};

const trainRun = (given: TrainRequest, hooks: TrainHooks = {}) => service.trainRun(given, hooks, openSingleThreadEngine);
const resumeRun = (given: ResumeRequest, hooks: TrainHooks = {}) => service.resumeRun(given, hooks, openSingleThreadEngine);

function request(name: string, set: Readonly<Record<string, unknown>> = {}): TrainRequest {
  return { model, data, workspace: join(folder, `${name}.raif`), seed: 3, set: Object.entries({ ...SETTINGS, ...set }) };
}

function inspect<Result>(workspace: string, look: (db: ReturnType<typeof openWorkspaceReadOnly>) => Result): Result {
  const db = openWorkspaceReadOnly(workspace);
  try {
    return look(db);
  } finally {
    db.close();
  }
}

const digest = (workspace: string) =>
  inspect(workspace, (db) => workspaceDigest(db, (listRuns(db)[0] as { id: Parameters<typeof workspaceDigest>[1] }).id));

describe("a run on a real, tiny model", () => {
  let uninterrupted: ReturnType<typeof digest>;

  test("stores run, steps, rollouts, metrics and checkpoints, and reports what it left out", async () => {
    const starts: TrainStart[] = [];
    const steps: number[] = [];
    const whole = request("whole");
    const { runId } = await trainRun(whole, { onStart: (start) => starts.push(start), onStep: (step) => steps.push(step.step) });
    expect(starts[0]).toMatchObject({ fromStep: 0, records: 7, skipped: [{ recordId: "too-long" }] });
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    inspect(whole.workspace, (db) => {
      expect(listRuns(db)).toMatchObject([{ status: "finished", lastStep: 5, totalSteps: 5, method: "raif", seed: 3 }]);
      expect(listCheckpoints(db, runId).map((checkpoint) => checkpoint.step)).toEqual([4, 5]);
      expect(listRollouts(db, runId, { step: 2 })).toHaveLength(9);
      expect(listMetrics(db, runId, { name: "loss/cloning" }).every((point) => point.value > 0)).toBe(true);
      // the decode graphs and the training graphs score the same tokens
      expect(Math.max(...listMetrics(db, runId, { name: "sampler_mismatch/max" }).map((point) => point.value))).toBeLessThan(1e-4);
    });
    uninterrupted = digest(whole.workspace);
  });

  test.each([
    ["rollout", 1],
    ["reward", 3],
    ["update", 4],
    ["save", 5],
  ] as const)("killed in %s of step %i, it resumes to the same bits", async (phase, step) => {
    const killed = request(`killed-${phase}`);
    const child = spawnSync(process.execPath, [
      join(import.meta.dirname, "testing", "train-child.ts"),
      JSON.stringify(killed),
      phase,
      String(step),
    ]);
    expect(child.signal, String(child.stderr)).toBe("SIGKILL");
    expect(inspect(killed.workspace, checkIntegrity)).toEqual([]);
    expect(inspect(killed.workspace, (db) => listRuns(db)[0]?.lastStep)).toBe(step - 1);
    const starts: TrainStart[] = [];
    await resumeRun({ workspace: killed.workspace }, { onStart: (start) => starts.push(start) });
    expect(starts[0]?.fromStep).toBe(step - 1 - ((step - 1) % 2));
    expect(digest(killed.workspace)).toEqual(uninterrupted);
    await expect(resumeRun({ workspace: killed.workspace })).rejects.toMatchObject({ code: "not-found" });
  });

  test("cancelled between tokens, it keeps what it stored and can go on to the same bits", async () => {
    const cancelled = request("cancelled");
    const abort = new AbortController();
    let tokens = 0;
    const onToken = () => {
      if (++tokens === 200) abort.abort();
    };
    await expect(trainRun(cancelled, { signal: abort.signal, onToken })).rejects.toMatchObject({ code: "cancelled" });
    const [run] = inspect(cancelled.workspace, listRuns);
    expect(run?.status).toBe("cancelled");
    expect(run?.lastStep).toBeGreaterThan(0);
    // As a run is stored that was begun before there were workers: it had a single one.
    expect(run?.config).toMatchObject({ workers: 1 });
    const workspace = openEngineWorkspace(cancelled.workspace);
    workspace.db.prepare("UPDATE runs SET config_json = json_remove(config_json, '$.workers')").run();
    workspace.close();
    const asked: number[] = [];
    await service.resumeRun({ workspace: cancelled.workspace }, {}, (engine) => {
      asked.push(engine.config.workers);
      return openSingleThreadEngine(engine);
    });
    expect(asked).toEqual([1]);
    expect(digest(cancelled.workspace)).toEqual(uninterrupted);
  });

  test("two engines cannot have one workspace; a changed base model is noticed", async () => {
    const locked = request("locked", { steps: 2 });
    const lock = acquireEngineLock(locked.workspace);
    await expect(trainRun(locked)).rejects.toMatchObject({ code: "workspace-locked" });
    lock.release();
    await expect(
      trainRun(locked, {
        onPhase: (phase, step) => {
          if (phase === "save" && step === 2) throw new Error("stop");
        },
      }),
    ).rejects.toThrow("stop");
    const weights = join(model, "model.safetensors");
    const bytes = readFileSync(weights);
    try {
      const changed = Buffer.from(bytes);
      changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1;
      writeFileSync(weights, changed);
      await expect(resumeRun({ workspace: locked.workspace })).rejects.toMatchObject({ code: "invalid-model" });
    } finally {
      writeFileSync(weights, bytes);
    }
    expect(inspect(locked.workspace, listRuns)).toMatchObject([{ status: "failed", lastStep: 1 }]);
  });

  test("supervised training lowers the loss and resumes to the same bits", async () => {
    const set = { steps: 12, "sft.tokensPerStep": 400, checkpointEverySteps: 5, warmupUpdates: 2 };
    const whole: TrainRequest = { ...request("sft", set), method: "sft" };
    const { runId } = await trainRun(whole);
    const losses = inspect(whole.workspace, (db) => listMetrics(db, runId, { name: "loss" })).map((point) => point.value);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.8);
    const broken: TrainRequest = { ...request("sft-broken", set), method: "sft" };
    const stop = (phase: string, step: number) => {
      if (phase === "save" && step === 9) throw new Error("stop");
    };
    await expect(trainRun(broken, { onPhase: stop })).rejects.toThrow("stop");
    await resumeRun({ workspace: broken.workspace });
    expect(digest(broken.workspace)).toEqual(digest(whole.workspace));
  });

  test("a run that turns non-finite fails, and what it stored before stays readable", async () => {
    const broken = request("non-finite", { learningRate: 1e38, maxGradNorm: 0, checkpointEverySteps: 1 });
    await expect(trainRun(broken)).rejects.toMatchObject({ code: "non-finite" });
    const [run] = inspect(broken.workspace, listRuns);
    expect(run).toMatchObject({ status: "failed", error: { code: "non-finite" } });
    expect(run?.lastStep).toBeLessThan(5);
    expect(inspect(broken.workspace, checkIntegrity)).toEqual([]);
  });

  test("an adapter run trains, stores only the adapter, and exports merged weights that load again", async () => {
    const lora = request("lora", { steps: 2, "lora.enabled": true, "lora.rank": 2 });
    const { runId } = await trainRun(lora);
    const checkpoints = inspect(lora.workspace, (db) => listCheckpoints(db, runId));
    expect(checkpoints).toMatchObject([{ step: 2, content: "adapter" }]);
    const exported = join(folder, "exported");
    expect(await exportRun({ workspace: lora.workspace, runId, to: exported })).toEqual({ runId, step: 2, folder: exported });
    const [before, after] = [await loadModelFolder(model), await loadModelFolder(exported)];
    const name = "model.layers.0.self_attn.q_proj.weight";
    expect(after.parameters.get(name)?.data).not.toEqual(before.parameters.get(name)?.data);
    expect(after.parameters.get("model.norm.weight")).toEqual(before.parameters.get("model.norm.weight"));
    expect(after.sha256.tokenizer).toBe(before.sha256.tokenizer);
  });
});

describe("bad input", () => {
  const line = tinyDataset().split("\n")[0] as string;

  test.each([
    ["{oops", "invalid-record", "data:2"],
    [line, "invalid-record", "data:2"],
    [JSON.stringify({ id: "x", messages: [], label: {} }), "invalid-record", "data:2, messages"],
    [line.replace("say-cat", "b").replace("keywords:existence", "keywords:existance"), "unknown-rule", "data:2"],
    [line.replace("say-cat", "b").replace('"keywords":["cat"]', '"keyword":["cat"]'), "invalid-rule-arguments", "data:2"],
  ])("a bad line %# is refused with its number", (second, code, where) => {
    expect(() => parseRecords(`${line}\n${second}`, "data")).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(where) as string }),
    );
  });

  test("missing files, unknown recipes and impossible limits", async () => {
    await expect(trainRun({ ...request("none"), data: join(folder, "absent.jsonl") })).rejects.toMatchObject({ code: "file-not-found" });
    await expect(trainRun({ ...request("none"), recipe: "papre" })).rejects.toMatchObject({ code: "file-not-found" });
    await expect(trainRun(request("none", { maxNewTokens: 512 }))).rejects.toMatchObject({ code: "invalid-config" });
    await expect(trainRun(request("none", { maxPromptTokens: 3 }))).rejects.toMatchObject({ code: "prompt-too-long" });
    await expect(trainRun({ ...request("none"), model: join(folder, "absent") })).rejects.toMatchObject({ code: "file-not-found" });
  });
});
