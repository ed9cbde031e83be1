// Training killed again and again through the real command line: in every phase and at random moments. However often it happens,
// the resumed run ends with the same bits as one that nobody disturbed, and the workspace is sound each time in between.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Random } from "../engine/tensor/random.ts";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { workspaceDigest } from "../storage/digest.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns } from "../storage/runs.ts";
import { raifKilledInPhase, startRaif } from "./testing/raif-process.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-kill-"));
const [model, data] = [path.join(folder, "model"), path.join(folder, "data.jsonl")];
beforeAll(async () => {
  await writeTinyModel(model, path.join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STEPS = 8;
const SETTINGS = [
  ...["promptsPerStep=2", "numGenerations=2", "maxNewTokens=8", "maxPromptTokens=400", "checkpointEverySteps=2", "learningRate=0.01"],
  ...["overlong=keep", "superiorCot.thinkSamples=2", "superiorCot.emptySamples=1", "sft.tokensPerStep=300"],
];

function trainArguments(workspace: string, more: readonly string[]): string[] {
  const settings = SETTINGS.flatMap((assignment) => ["--set", assignment]);
  const where = ["--model", model, "--data", data, "--workspace", workspace];
  return ["train", ...where, "--steps", String(STEPS), "--seed", "5", "--json", ...settings, ...more];
}

/** The only run of a workspace as it lies there, and whether the file is sound. */
function look(workspace: string) {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const [run] = listRuns(db);
    if (run === undefined) throw new Error("the run is gone");
    return { integrity: checkIntegrity(db), lastStep: run.lastStep, status: run.status, digest: workspaceDigest(db, run.id) };
  } finally {
    db.close();
  }
}

async function exportedWeights(workspace: string): Promise<Buffer> {
  const to = `${workspace}.exported`;
  const { code, err } = await raif("export", "--workspace", workspace, "--run", "1", "--to", to);
  expect(code, err).toBe(0);
  return readFileSync(path.join(to, "model.safetensors"));
}

interface Plan {
  readonly name: string;
  readonly arguments: readonly string[];
  /** As many threads as the machine has cores, as users start it; else one. */
  readonly allCores: boolean;
  /** Kills at the start of these phases, one process each. */
  readonly phases: readonly (readonly [phase: "rollout" | "reward" | "update" | "save", step: number])[];
  /** Then so many kills at random moments. */
  readonly randomKills: number;
}

const PLANS: readonly Plan[] = [
  {
    name: "RAIF on two workers",
    arguments: ["--set", "workers=2"],
    allCores: true,
    phases: [
      ["rollout", 2],
      ["reward", 3],
      ["update", 5],
      ["save", 6],
    ],
    randomKills: 3,
  },
  {
    name: "RAIF with an adapter",
    arguments: ["--set", "lora.enabled=true", "--set", "lora.rank=2", "--set", "lora.dropout=0.1"],
    allCores: false,
    phases: [
      ["save", 4],
      ["update", 7],
    ],
    randomKills: 0,
  },
  {
    name: "supervised",
    arguments: ["--method", "sft"],
    allCores: false,
    phases: [
      ["update", 4],
      ["save", 8],
    ],
    randomKills: 1,
  },
];

/** Some twenty processes one after the other, each of which loads everything anew. */
const TIMEOUT_MS = 900_000;

describe.each(PLANS)("$name", ({ name, arguments: more, allCores, phases, randomKills }) => {
  const [whole, broken] = [path.join(folder, `${name}-whole.raif`), path.join(folder, `${name}-broken.raif`)];
  const random = new Random(11);

  test(
    "resumes to the same bits after every kill, and exports the same weights",
    async () => {
      vi.stubEnv("RAIF_THREADS", allCores ? undefined : "1");
      const startMs = performance.now();
      const uninterrupted = await startRaif(trainArguments(whole, more)).ended;
      const durationMs = performance.now() - startMs;
      expect(uninterrupted.status, uninterrupted.err).toBe(0);

      const resume = ["resume", "--workspace", broken, "--json"];
      for (const [index, [phase, step]] of phases.entries()) {
        const argv = index === 0 ? trainArguments(broken, more) : resume;
        const { status, out, err } = await raifKilledInPhase(phase, step, argv);
        expect(status, err).toBe("SIGKILL");
        expect(jsonLines(out).at(-1)).toEqual({ type: "phase", phase, step });
        expect(look(broken)).toMatchObject({ integrity: [], lastStep: step - 1, status: "running" });
        const [listed] = jsonLines((await raif("runs", "--workspace", broken, "--json")).out);
        expect(listed).toMatchObject({ status: "interrupted", lastStep: step - 1 });
      }
      for (let kill = 0; kill < randomKills; kill++) {
        const { child, ended } = startRaif(resume);
        await sleep(random.float() * durationMs);
        child.kill("SIGKILL");
        await ended;
        expect(look(broken).integrity).toEqual([]);
      }
      if (look(broken).status !== "finished") {
        const last = await startRaif(resume).ended;
        expect(last.status, last.err).toBe(0);
      }

      expect(look(broken)).toEqual(look(whole));
      expect(look(broken)).toMatchObject({ integrity: [], lastStep: STEPS, status: "finished" });
      expect((await exportedWeights(broken)).equals(await exportedWeights(whole))).toBe(true);
    },
    TIMEOUT_MS,
  );
});
