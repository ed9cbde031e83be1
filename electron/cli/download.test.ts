// `raif download` from outside, against a hub on this machine.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NANO_FOLDER } from "../services/resource-paths.ts";
import { openModelHub, type ModelHub } from "../services/testing/model-hub.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const root = mkdtempSync(path.join(tmpdir(), "raif-download-"));
const to = path.join(root, "model");
let hub: ModelHub;
beforeEach(async () => {
  hub = await openModelHub(NANO_FOLDER);
});
afterEach(() => {
  vi.unstubAllEnvs();
  hub.close();
  rmSync(root, { recursive: true, force: true });
});

test("a model that wants a token comes with the one of the environment, and speaks", async () => {
  hub.token = "hf_right";
  const command = ["download", "owner/model", "--endpoint", hub.endpoint, "--to", to, "--json"] as const;
  const refused = await raif(...command);
  expect([refused.code, jsonLines(refused.out)]).toMatchObject([1, [{ error: { code: "not-found" } }]]);
  vi.stubEnv("HF_TOKEN", "hf_right");
  const fetched = await raif(...command);
  expect(fetched.code, fetched.err).toBe(0);
  expect(jsonLines(fetched.out).at(-1)).toEqual({ folder: to });
  const spoken = await raif("generate", "--model", to, "--prompt", "Write one word.", "--max-new-tokens", "2", "--json");
  expect(spoken.code, spoken.err).toBe(0);
});

test("names and addresses that make no sense are refused before anything is asked", async () => {
  for (const wrong of [["../up"], ["owner/model", "--endpoint", "file:///etc"]]) {
    const { code, err } = await raif("download", ...wrong, "--to", to);
    expect([code, err]).toEqual([1, expect.stringContaining("is not understood")]);
  }
  expect(hub.asked).toEqual([]);
});
