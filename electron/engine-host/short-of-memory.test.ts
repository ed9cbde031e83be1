// A training job whose memory runs out says so in its activity, which is what the workbench shows of a job in work.

import { expect, test, vi } from "vitest";
import { OnnxSession } from "../engine/onnx/session.ts";
import { openSingleThreadEngine } from "../services/testing/single-thread-engine.ts";
import { openEngineWorkspace } from "../storage/open-workspace.ts";
import { runJob } from "./run-job.ts";
import { tinyFolder } from "./testing/tiny-training.ts";

test("a job that runs out of memory says that it goes on, and how", async () => {
  const tiny = await tinyFolder();
  const workspace = openEngineWorkspace(tiny.workspace("short"), { create: true });
  const activities: string[] = [];
  const original = Object.getOwnPropertyDescriptor(OnnxSession.prototype, "run")?.value as OnnxSession["run"];
  let failures = 1;
  vi.spyOn(OnnxSession.prototype, "run").mockImplementation(function (this: OnnxSession, feeds, outputs) {
    if (!("advantages" in feeds) || failures-- <= 0) return original.call(this, feeds, outputs);
    return Promise.reject(new Error("std::bad_alloc"));
  });
  try {
    await runJob(tiny.training({ steps: 1, beta: 0.01 }), {
      jobId: 1,
      db: workspace.db,
      signal: new AbortController().signal,
      openEngine: openSingleThreadEngine,
      report: ({ activity }) => activities.push(activity ?? ""),
      publish: () => undefined,
      onRun: () => undefined,
      stopRequested: () => undefined,
      betweenSteps: () => Promise.resolve(),
      waitForStorage: () => Promise.resolve(),
      readSecret: () => Promise.resolve(undefined),
    });
  } finally {
    vi.restoreAllMocks();
    workspace.close();
    tiny.remove();
  }
  expect(activities.join("\n")).toMatch(/^step 1: memory ran out, going on with micro-batches of at most \d+ tokens$/m);
});
