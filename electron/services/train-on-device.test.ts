// Training on WebGPU through the services: the device is lost in the middle of a step, the run is interrupted with everything before
// it stored, and goes on from its checkpoint to within 1e-4 of the weights that an undisturbed run ends with.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const SETTINGS = {
  steps: 3,
  promptsPerStep: 1,
  numGenerations: 2,
  maxNewTokens: 4,
  maxPromptTokens: 400,
  checkpointEverySteps: 1,
  learningRate: 0.01,
  overlong: "keep",
  "superiorCot.thinkSamples": 2,
  "superiorCot.emptySamples": 1,
  "lora.enabled": true,
  "lora.rank": 2,
};

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
    expect(await resumeRun({ workspace: broken.workspace }, {}, openEngine)).toMatchObject({ steps: 3, ended: "finished" });
    const whole = request("whole");
    await trainRun(whole, {}, openEngine);
    const [resumed, undisturbed] = [await look(broken.workspace), await look(whole.workspace)];
    expect(resumed).toMatchObject({ status: "finished", lastStep: 3, integrity: [] });
    expect(weightDifference(resumed.parameters, undisturbed.parameters)).toBeLessThan(1e-4);
    expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
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
