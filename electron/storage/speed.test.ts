import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { loadCheckpoint } from "./checkpoints.ts";
import { openEngineWorkspace } from "./open-workspace.ts";
import { listRollouts } from "./rollouts.ts";
import { createRun } from "./runs.ts";
import { recordStep } from "./steps.ts";
import { temporaryFolder } from "./testing/child.ts";
import { SAMPLE_RUN, sampleCheckpoint, sampleStep } from "./testing/sample-run.ts";

const folder = temporaryFolder();
afterEach(folder.remove);

test("a large step and a 50 MB checkpoint are stored; the measured times are printed", () => {
  const { db, close } = openEngineWorkspace(join(folder.path, "workspace.raif"), { create: true });
  const { id } = createRun(db, SAMPLE_RUN);
  const size = { groups: 32, samples: 8, tokens: 150, verdicts: 5 };
  const timed = (body: () => void): string => {
    const startMs = performance.now();
    body();
    return `${(performance.now() - startMs).toFixed(0)} ms`;
  };
  const steps = [1, 2, 3, 4].map((step) => sampleStep(id, step, size));
  const checkpoint = sampleCheckpoint(5, 2_100_000);
  const stepTimes = steps.map((step) => timed(() => recordStep(db, step)));
  const checkpointTime = timed(() => recordStep(db, { ...sampleStep(id, 5), checkpoint }));
  const loadTime = timed(() => loadCheckpoint(db, id));
  console.log(
    `256 rollouts x 150 tokens x 5 verdicts: ${stepTimes.join(", ")}; 50 MB checkpoint: write ${checkpointTime}, verified load ${loadTime}`,
  );
  expect(listRollouts(db, id, { step: 4 })).toHaveLength(256);
  expect(loadCheckpoint(db, id)?.sizeBytes).toBe(50_400_000);
  close();
});
