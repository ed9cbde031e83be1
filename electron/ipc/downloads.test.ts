// Downloads as jobs, through a whole host and a hub on this machine.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestWorkbench, type TestWorkbench } from "../serve/testing/served-workbench.ts";
import { NANO_FOLDER } from "../services/resource-paths.ts";
import { openModelHub, type ModelHub } from "../services/testing/model-hub.ts";

let workbench: TestWorkbench;
let hub: ModelHub;
beforeEach(async () => {
  workbench = await openTestWorkbench();
  hub = await openModelHub(NANO_FOLDER);
});
afterEach(async () => {
  await workbench.remove();
  hub.close();
});

async function start(repository = "owner/model"): Promise<number> {
  const started = await workbench.call("models.download", { repository, endpoint: hub.endpoint });
  if (!started.ok) throw new Error(started.error.message);
  return started.value.jobId;
}
const job = (jobId: number): Promise<unknown> => workbench.call("jobs.get", { jobId });

test("a model arrives on the list, without an engine", async () => {
  const jobId = await start();
  await expect
    .poll(() => job(jobId))
    .toMatchObject({ ok: true, value: { kind: "download", title: "Download owner/model", status: "finished", fraction: 1 } });
  const folder = join(workbench.folder, "models", "owner--model");
  expect(await workbench.call("jobs.result", { jobId })).toEqual({ ok: true, value: { type: "model", name: folder } });
  expect(await workbench.call("models.list", {})).toMatchObject({
    ok: true,
    value: [{ name: "nano" }, { name: folder, title: "owner--model", problem: null }],
  });
  expect(await workbench.call("models.inspect", { name: folder })).toMatchObject({ ok: true, value: { architecture: "qwen2" } });
  expect(() => workbench.engine.listeners()).toThrow("no engine was started");
  expect(await workbench.call("models.download", { repository: "owner/model", endpoint: hub.endpoint })).toMatchObject({
    ok: false,
    error: { code: "invalid-argument" },
  });
});

test("it can be cancelled, and gone on with", async () => {
  hub.slow = true;
  const jobId = await start();
  await expect.poll(() => hub.asked.some(([file]) => file === "model.safetensors")).toBe(true);
  await workbench.call("jobs.cancel", { jobId });
  await expect.poll(() => job(jobId)).toMatchObject({ value: { status: "cancelled" } });
  expect(existsSync(join(workbench.folder, "models", "owner--model"))).toBe(false);
  hub.slow = false;
  const again = await start();
  await expect.poll(() => job(again)).toMatchObject({ value: { status: "finished" } });
});

test("what went wrong is said with the job", async () => {
  const jobId = await start("owner/other");
  await expect.poll(() => job(jobId)).toMatchObject({ value: { status: "failed", error: { code: "not-found" } } });
  for (const [repository, endpoint] of [
    ["../up", hub.endpoint],
    ["owner/model/x", hub.endpoint],
    ["owner/model", "file:///etc"],
    ["owner/model", "not an address"],
  ]) {
    expect(await workbench.call("models.download", { repository: repository ?? "", endpoint })).toMatchObject({
      ok: false,
      error: { code: "invalid-argument" },
    });
  }
});
