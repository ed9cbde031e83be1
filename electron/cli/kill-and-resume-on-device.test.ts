// Training on WebGPU killed through the real command line: the resumed run ends within 1e-4 of the weights that an undisturbed run
// ends with, because kernels may add in another order from run to run, and the workspace is sound in between. One kill each time the
// tests run; with RAIF_EVERY_KILL=1 one in every phase.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { webGpuForTests } from "../engine/testing/webgpu.ts";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { weightDifference } from "../services/testing/weight-difference.ts";
import { loadTrainedModel } from "../services/trained-model.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns } from "../storage/runs.ts";
import { raifKilledInPhase, startRaif } from "./testing/raif-process.ts";
import { jsonLines } from "./testing/recording-shell.ts";

const webgpu = await webGpuForTests();
const folder = mkdtempSync(path.join(tmpdir(), "raif-kill-device-"));
const [model, data] = [path.join(folder, "model"), path.join(folder, "data.jsonl")];
beforeAll(async () => {
  await writeTinyModel(model, path.join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STEPS = 2;
const SETTINGS = [
  ...["promptsPerStep=1", "numGenerations=2", "maxNewTokens=3", "maxPromptTokens=400", "checkpointEverySteps=1", "learningRate=0.01"],
  ...["overlong=keep", "superiorCot.thinkSamples=2", "superiorCot.emptySamples=1", "lora.enabled=true", "lora.rank=2"],
];
const EVERY_PHASE = ["rollout", "update", "save"] as const;
const everyKill = process.env["RAIF_EVERY_KILL"] === "1";
if (webgpu !== undefined && !everyKill) console.log("SKIPPED: kills in rollout and save on WebGPU; RAIF_EVERY_KILL=1 runs them too");

function trainArguments(workspace: string): string[] {
  const where = ["--model", model, "--data", data, "--workspace", workspace, "--device", "webgpu"];
  return ["train", ...where, "--steps", String(STEPS), "--seed", "3", "--json", ...SETTINGS.flatMap((setting) => ["--set", setting])];
}

async function look(workspace: string) {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const [run] = listRuns(db);
    if (run === undefined) throw new Error("the run is gone");
    const { device, status, lastStep } = run;
    return { device, status, lastStep, integrity: checkIntegrity(db), weights: (await loadTrainedModel(db, run.id)).parameters };
  } finally {
    db.close();
  }
}

describe.skipIf(webgpu === undefined)("a run on WebGPU", () => {
  test("that is killed is resumed to where it would have come", async () => {
    const [whole, broken] = [path.join(folder, "whole.raif"), path.join(folder, "broken.raif")];
    const undisturbed = startRaif(trainArguments(whole)).ended;
    const resume = ["resume", "--workspace", broken, "--json"];
    for (const [index, phase] of (everyKill ? EVERY_PHASE : (["update"] as const)).entries()) {
      const { status, out, err } = await raifKilledInPhase(phase, 2, index === 0 ? trainArguments(broken) : resume);
      expect(status, err).toBe("SIGKILL");
      expect(jsonLines(out).at(-1)).toEqual({ type: "phase", phase, step: 2 });
      expect(await look(broken)).toMatchObject({ device: "webgpu", status: "running", lastStep: 1, integrity: [] });
    }
    const resumed = await startRaif(resume).ended;
    expect(resumed.status, resumed.err).toBe(0);
    const { status, err } = await undisturbed;
    expect(status, err).toBe(0);
    const [got, expected] = [await look(broken), await look(whole)];
    for (const each of [got, expected])
      expect(each).toMatchObject({ device: "webgpu", status: "finished", lastStep: STEPS, integrity: [] });
    expect(weightDifference(got.weights, expected.weights)).toBeLessThan(1e-4);
  });
});
