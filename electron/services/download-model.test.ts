import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadModel } from "./download-model.ts";
import { NANO_FOLDER } from "./resource-paths.ts";
import { openModelHub, type ModelHub } from "./testing/model-hub.ts";

let root: string;
let folder: string;
let hub: ModelHub;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "download-"));
  folder = join(root, "models", "owner--model");
  hub = await openModelHub(NANO_FOLDER);
});
afterEach(() => {
  hub.close();
  rmSync(root, { recursive: true, force: true });
});

function download(
  change: { readonly repository?: string; readonly signal?: AbortSignal; readonly endpoint?: string; readonly accessToken?: string } = {},
): Promise<number[]> {
  const fractions: number[] = [];
  const request = { endpoint: change.endpoint ?? hub.endpoint, repository: change.repository ?? "owner/model", revision: "main", folder };
  const hooks = {
    accessToken: change.accessToken,
    signal: change.signal ?? new AbortController().signal,
    onProgress: ({ fraction }: { fraction: number }) => fractions.push(fraction),
  };
  return downloadModel(request, hooks).then(() => fractions);
}

const failure = (code: string): Error => expect.objectContaining({ code }) as Error;

test("what is read here is fetched, whole and byte for byte, and nothing else", async () => {
  hub.replace("pytorch_model.bin", Buffer.from("not read"));
  hub.replace("../evil.json", Buffer.from("{}"));
  const fractions = await download();
  const files = readdirSync(folder).sort();
  expect(files).toEqual(["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
  for (const file of files) expect(readFileSync(join(folder, file)).equals(readFileSync(join(NANO_FOLDER, file)))).toBe(true);
  expect(fractions.at(-1)).toBe(1);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(existsSync(`${folder}.partial`)).toBe(false);
  await expect(download()).rejects.toThrow("exists already");
});

test("a broken connection is gone on with where it broke", async () => {
  const partial = join(`${folder}.partial`, "model.safetensors");
  hub.cut = { afterBytes: 100_000, when: () => (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) > 0 };
  await expect(download()).rejects.toThrow(failure("network-failed"));
  expect(existsSync(folder)).toBe(false);
  hub.cut = undefined;
  hub.asked.length = 0;
  await download();
  const [[file, range] = ["", ""]] = hub.asked;
  expect([hub.asked.length, file]).toEqual([1, "model.safetensors"]);
  expect(Number(/^bytes=(\d+)-\d+$/.exec(range ?? "")?.[1])).toBeGreaterThan(0);
  expect(readFileSync(join(folder, "model.safetensors")).equals(readFileSync(join(NANO_FOLDER, "model.safetensors")))).toBe(true);
});

test("a file that is not what the hub says goes, and the next attempt is right", async () => {
  hub.corrupt = true;
  await expect(download()).rejects.toThrow(failure("invalid-model"));
  expect(existsSync(join(`${folder}.partial`, "model.safetensors"))).toBe(false);
  hub.corrupt = false;
  await download();
  expect(existsSync(folder)).toBe(true);
});

test("an architecture that cannot be read is refused before its weights are fetched", async () => {
  const config = JSON.parse(readFileSync(join(NANO_FOLDER, "config.json"), "utf8")) as object;
  hub.replace("config.json", Buffer.from(JSON.stringify({ ...config, model_type: "mamba", architectures: ["MambaForCausalLM"] })));
  await expect(download()).rejects.toThrow(failure("unsupported-architecture"));
  expect(hub.asked.map(([file]) => file)).not.toContain("model.safetensors");
});

test("a model that is not for everybody wants a token, which goes to no other place", async () => {
  hub.token = "hf_right";
  await expect(download()).rejects.toThrow(failure("not-found"));
  await expect(download({ accessToken: "hf_wrong" })).rejects.toThrow(failure("not-found"));
  await expect(download({ accessToken: "password" })).rejects.toThrow(failure("invalid-argument"));
  await download({ accessToken: "hf_right" });
  expect(readdirSync(folder)).toContain("model.safetensors");
});

test("cancelling, a missing model, one without safetensors, and no hub at all are said as what they are", async () => {
  const controller = new AbortController();
  hub.slow = true;
  const cancelled = download({ signal: controller.signal });
  setTimeout(() => controller.abort(), 200);
  await expect(cancelled).rejects.toThrow(failure("cancelled"));
  await expect(download({ repository: "owner/other" })).rejects.toThrow(failure("not-found"));
  hub.replace("model.safetensors", undefined);
  await expect(download()).rejects.toThrow(failure("missing-weights"));
  hub.close();
  await expect(download()).rejects.toThrow(failure("network-failed"));
  expect(existsSync(folder)).toBe(false);
});
