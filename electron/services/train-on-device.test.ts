// Training on WebGPU through the services and the command line: a run whose device is lost, or whose process is killed, keeps everything
// before that and goes on from its checkpoint to within 1e-4 of the weights that an undisturbed run ends with, because kernels may add in
// another order from run to run. One kill each time the tests run; with RAIF_EVERY_KILL=1 one in every phase.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { raifKilledInPhase } from "../cli/testing/raif-process.ts";
import { jsonLines, raif } from "../cli/testing/recording-shell.ts";
import { deviceMemory } from "../engine/onnx/device-tensor.ts";
import { webGpuForTests } from "../engine/testing/webgpu.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns } from "../storage/runs.ts";
import { askJudge } from "./ask-judge.ts";
import { openOnnxTrainingEngine } from "./onnx-training-engine.ts";
import { preflight } from "./preflight.ts";
import { tinyDataset, writeTinyModel } from "./testing/tiny-model.ts";
import { weightDifference } from "./testing/weight-difference.ts";
import { resumeRun, trainRun, type TrainRequest } from "./train.ts";
import { loadTrainedModel } from "./trained-model.ts";
import type { OpenTrainingEngine } from "./training-engine.ts";

const webgpu = await webGpuForTests();
const folder = mkdtempSync(join(tmpdir(), "raif-device-"));
const [model, data] = [join(folder, "model"), join(folder, "data.jsonl")];
beforeAll(async () => {
  await writeTinyModel(model, join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Short prompts and little beside the policy's loss: a driver in software takes long for every token. */
const SETTINGS = {
  steps: 2,
  promptsPerStep: 1,
  numGenerations: 2,
  maxNewTokens: 3,
  maxPromptTokens: 400,
  checkpointEverySteps: 1,
  learningRate: 0.01,
  beta: 0,
  overlong: "keep",
  "reward.formatMode": "think-only",
  "superiorCot.enabled": false,
  "cloning.enabled": false,
  "lora.enabled": true,
  "lora.rank": 2,
};
const EVERY_KILL = ["rollout", "update", "save"] as const;
const kills = process.env["RAIF_EVERY_KILL"] === "1" ? EVERY_KILL : (["update"] as const);
if (webgpu !== undefined && kills.length === 1) console.log("SKIPPED: kills in rollout and save on WebGPU; RAIF_EVERY_KILL=1 adds them");

function request(name: string): TrainRequest {
  return { model, data, workspace: join(folder, `${name}.raif`), seed: 3, device: "webgpu", set: Object.entries(SETTINGS) };
}

async function look(workspace: string) {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const [run] = listRuns(db);
    if (run === undefined) throw new Error("the run is gone");
    const { device, deviceReason, status, lastStep, error } = run;
    const { parameters } = await loadTrainedModel(db, run.id);
    return { device, deviceReason, status, lastStep, error, parameters, integrity: checkIntegrity(db) };
  } finally {
    db.close();
  }
}

describe.skipIf(webgpu === undefined)("a run on WebGPU", () => {
  const whole = request("whole");
  beforeAll(() => trainRun(whole, {}, (asked) => openOnnxTrainingEngine(asked, { threads: 1 })));

  async function expectAsUndisturbed(workspace: string): Promise<void> {
    const [resumed, undisturbed] = [await look(workspace), await look(whole.workspace)];
    for (const each of [resumed, undisturbed])
      expect(each).toMatchObject({ device: "webgpu", status: "finished", lastStep: 2, integrity: [] });
    expect(weightDifference(resumed.parameters, undisturbed.parameters)).toBeLessThan(1e-4);
  }

  test("whose device is lost is interrupted, and goes on to where it would have come", async () => {
    let isLost = false;
    const openEngine: OpenTrainingEngine = (asked) =>
      openOnnxTrainingEngine(asked, {
        threads: 1,
        beforeRun: () => {
          if (isLost) throw new Error("injected: the device is gone");
        },
      });
    const before = deviceMemory();
    const broken = request("broken");
    const train = trainRun(broken, { onPhase: (phase, step) => void (isLost ||= phase === "update" && step === 2) }, openEngine);
    await expect(train).rejects.toMatchObject({ code: "device-lost", message: expect.stringContaining("resume the run") as string });
    expect(await look(broken.workspace)).toMatchObject({
      device: "webgpu",
      deviceReason: "asked for",
      status: "interrupted",
      lastStep: 1,
      error: { code: "device-lost" },
      integrity: [],
    });

    isLost = false;
    expect(await resumeRun({ workspace: broken.workspace }, {}, openEngine)).toMatchObject({ steps: 2, ended: "finished" });
    await expectAsUndisturbed(broken.workspace);
    expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });

  test("whose process is killed goes on to where it would have come", async () => {
    const { workspace } = request("killed");
    const settings = Object.entries(SETTINGS).flatMap(([key, value]) => ["--set", `${key}=${String(value)}`]);
    const where = ["--model", model, "--data", data, "--workspace", workspace, "--device", "webgpu", "--seed", "3"];
    for (const [index, phase] of kills.entries()) {
      const argv = index === 0 ? ["train", ...where, "--json", ...settings] : ["resume", "--workspace", workspace, "--json"];
      const { status, out, err } = await raifKilledInPhase(phase, 2, argv);
      expect(status, err).toBe("SIGKILL");
      expect(jsonLines(out).at(-1)).toEqual({ type: "phase", phase, step: 2 });
      expect(await look(workspace)).toMatchObject({ device: "webgpu", status: "running", lastStep: 1, integrity: [] });
    }
    const { code, err } = await raif("resume", "--workspace", workspace);
    expect(code, err).toBe(0);
    await expectAsUndisturbed(workspace);
  });

  test("is looked at beforehand, and judged, on the same device", async () => {
    const db = openWorkspace(":memory:", { create: true });
    const before = deviceMemory();
    let held = 0;
    const session = { threads: 1, beforeRun: () => void (held = Math.max(held, deviceMemory().bytes)) };
    const asked = { model, data, recipe: "paper", set: Object.entries(SETTINGS), probeGroups: 1, device: "webgpu" } as const;
    const { probe } = await preflight(db, asked, {}, session);
    db.close();
    expect(probe?.groups).toHaveLength(1);
    expect(held).toBeGreaterThan(before.bytes);
    const question = { judge: `local:${model}`, question: "Is it polite?", answer: "Hello." };
    const [here, there] = [await askJudge({ ...question, device: "cpu" }), await askJudge({ ...question, device: "webgpu" })];
    expect(there.device).toEqual({ device: "webgpu", reason: "asked for" });
    expect(there.verdict.margin).toBeCloseTo(here.verdict.margin ?? NaN, 4);
    expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });
});
