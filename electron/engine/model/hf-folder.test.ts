import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, open, readFile, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isWorkbenchError } from "../../../shared/errors.ts";
import type { ErrorCode } from "../../../shared/errors.ts";
import { float32 } from "../tensor/tensor.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { FIXTURE_CONFIG, FIXTURE_TEMPLATE, fixtureDefinition } from "../tokenizer/testing/byte-level-fixture.ts";
import { parseHfConfig } from "./config.ts";
import { loadModelFolder, saveModelFolder, stopTokenIds } from "./hf-folder.ts";
import type { ModelContents } from "./hf-folder.ts";
import { initialiseParameters } from "./initialise.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";

const config = parseHfConfig({
  model_type: "qwen3",
  vocab_size: 300,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  intermediate_size: 24,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  eos_token_id: 2,
});
const parameters = initialiseParameters(config, 1);
let root = "";
let tokenizerFiles: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "model-folder-"));
  tokenizerFiles = [join(root, "tokenizer.json"), join(root, "tokenizer_config.json")];
  await writeFile(tokenizerFiles[0] as string, JSON.stringify(fixtureDefinition()));
  await writeFile(tokenizerFiles[1] as string, JSON.stringify(FIXTURE_CONFIG));
});
afterAll(() => rm(root, { recursive: true }));

function model(changes: Partial<ModelContents> = {}): ModelContents {
  return { config, parameters, tokenizerFiles, generationConfig: { eos_token_id: [2, 5], temperature: 0.7 }, ...changes };
}

let count = 0;
async function saved(changes: Partial<ModelContents> = {}, dtype: "float32" | "bfloat16" | "float16" = "float32"): Promise<string> {
  const folder = join(root, `model-${count++}`);
  await saveModelFolder(folder, model(changes), { dtype });
  return folder;
}

async function editJson(path: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  edit(json);
  await writeFile(path, JSON.stringify(json));
}

/** Matches an expected failure whose message holds every one of the parts. */
function fails(code: ErrorCode, ...parts: string[]): unknown {
  return expect.toSatisfy((error: unknown) => isWorkbenchError(error, code) && parts.every((part) => error.message.includes(part)));
}

describe("saving and loading", () => {
  it("gives back what was saved, with fingerprints of what lies on disk", async () => {
    const folder = await saved();
    const loaded = await loadModelFolder(folder);
    expect(loaded.config).toEqual(config);
    expect(loaded.parameters).toEqual(parameters);
    expect(loaded.generationConfig).toEqual({ eos_token_id: [2, 5], temperature: 0.7 });
    expect(stopTokenIds(loaded)).toEqual([2, 5]);
    expect(await readdir(folder)).toEqual([
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    const digest = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
    expect(loaded.sha256.weights).toBe(digest(await readFile(join(folder, "model.safetensors"))));
    expect(loaded.sha256.chatTemplate).toBe(digest(FIXTURE_TEMPLATE));
    const again = join(root, "again");
    await saveModelFolder(again, loaded, { dtype: "float32" });
    expect((await loadModelFolder(again)).sha256).toEqual(loaded.sha256);
  });

  it.each(["bfloat16", "float16"] as const)("loses nothing more once the values are in %s", async (dtype) => {
    const rounded = await loadModelFolder(await saved({}, dtype));
    const again = await loadModelFolder(await saved({ parameters: rounded.parameters }, dtype));
    expect(again.parameters).toEqual(rounded.parameters);
    expect(rounded.parameters).not.toEqual(parameters);
  });

  it("refuses what would not be a whole model and leaves nothing behind", async () => {
    const name = "model.norm.weight";
    const withNorm = (tensor: Float32Tensor) => ({ parameters: new Map(parameters).set(name, tensor) });
    const without = new Map(parameters);
    without.delete(name);
    const before = await readdir(root);
    await expect(saved({ parameters: without })).rejects.toEqual(fails("missing-weights", name));
    await expect(saved(withNorm(float32([15])))).rejects.toEqual(fails("invalid-model", name, "[16]", "[15]"));
    await expect(saved({ parameters: new Map(parameters).set("extra", float32([1])) })).rejects.toEqual(fails("invalid-model", "extra"));
    await expect(saved(withNorm(float32([16], new Float32Array(16).fill(NaN))))).rejects.toEqual(fails("non-finite", `${name}[0]`));
    await expect(saved(withNorm(float32([16], new Float32Array(16).fill(65520))), "float16")).rejects.toEqual(
      fails("non-finite", name, "F16"),
    );
    await expect(saved({ tokenizerFiles: [join(root, "gone.json")] })).rejects.toEqual(fails("file-not-found", "gone.json"));
    await expect(saveModelFolder(root, model(), { dtype: "float32" })).rejects.toEqual(fails("invalid-argument", root));
    expect(await readdir(root)).toEqual(before);
  });

  it("reads shards through their index", async () => {
    const folder = await saved();
    await rm(join(folder, "model.safetensors"));
    const entries = [...parameters];
    const map: Record<string, string> = {};
    for (const [file, part] of [
      ["a.safetensors", entries.slice(0, 9)],
      ["b.safetensors", entries.slice(9)],
    ] as const) {
      await writeSafetensors(join(folder, file), new Map(part), "F32");
      for (const [name] of part) map[name] = file;
    }
    const index = join(folder, "model.safetensors.index.json");
    await writeFile(index, JSON.stringify({ metadata: {}, weight_map: map }));
    expect((await loadModelFolder(folder)).parameters).toEqual(parameters);
    await writeFile(index, JSON.stringify({ weight_map: { ...map, x: "../outside.safetensors" } }));
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("invalid-model", "weight_map", "../outside.safetensors"));
    await writeFile(index, JSON.stringify({ weight_map: { ...map, x: "c.safetensors" } }));
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("file-not-found", "c.safetensors"));
  });

  it("stops when asked and tells how far it is", async () => {
    const folder = await saved();
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ tensorsRead }: { tensorsRead: number }) => {
      seen.push(tensorsRead);
      if (tensorsRead === 3) controller.abort();
    };
    await expect(loadModelFolder(folder, { signal: controller.signal, onProgress })).rejects.toEqual(fails("cancelled"));
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe("bad folders", () => {
  it("names missing and broken files", async () => {
    const folder = await saved();
    await rename(join(folder, "model.safetensors"), join(folder, "pytorch_model.bin"));
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("file-not-found", "model.safetensors"));
    await writeFile(join(folder, "config.json"), "{");
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("invalid-json", "config.json"));
    await rm(join(folder, "config.json"));
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("file-not-found", "config.json"));
  });

  it("names tensors that config.json asks for and the file lacks, or the other way round", async () => {
    const folder = await saved();
    await editJson(join(folder, "config.json"), (json) => (json["num_hidden_layers"] = 3));
    await expect(loadModelFolder(folder)).rejects.toEqual(
      fails("missing-weights", "11 of 35", "model.layers.2.input_layernorm.weight", "and 3 more"),
    );
    await editJson(join(folder, "config.json"), (json) => (json["num_hidden_layers"] = 1));
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("invalid-model", "model.layers.1.self_attn.q_norm.weight"));
  });

  it("names a tensor of the wrong shape, expected and got", async () => {
    const folder = await saved();
    await editJson(join(folder, "config.json"), (json) => (json["intermediate_size"] = 25));
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("invalid-model", "mlp.gate_proj.weight", "[25, 16]", "[24, 16]"));
  });

  it("takes a stored output projection only if it equals the tied embeddings", async () => {
    const folder = await saved();
    const embeddings = parameters.get("model.embed_tokens.weight") as Float32Tensor;
    const weights = join(folder, "model.safetensors");
    await writeSafetensors(weights, new Map(parameters).set("lm_head.weight", embeddings), "F32");
    expect((await loadModelFolder(folder)).parameters).toEqual(parameters);
    await writeSafetensors(weights, new Map(parameters).set("lm_head.weight", float32(embeddings.shape)), "F32");
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("invalid-model", "lm_head.weight"));
  });

  it("refuses weights that are not numbers", async () => {
    const folder = await saved();
    const file = await SafetensorsFile.open(join(folder, "model.safetensors"));
    const start = file.entries.get("model.norm.weight")?.start ?? 0;
    await file.close();
    const handle = await open(join(folder, "model.safetensors"), "r+");
    await handle.write(Buffer.from(Float32Array.of(NaN).buffer), 0, 4, start + 8);
    await handle.close();
    await expect(loadModelFolder(folder)).rejects.toEqual(fails("non-finite", "model.norm.weight[2]"));
  });
});

describe("safetensors files", () => {
  const floats = (begin: number, end: number) => ({ dtype: "F32", shape: [(end - begin) / 4], data_offsets: [begin, end] });

  async function fileWith(header: unknown, dataBytes: number, headerLength?: bigint): Promise<string> {
    const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
    const path = join(root, `file-${count++}.safetensors`);
    await writeFile(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
    return path;
  }

  it("keeps integer tensors apart from parameters", async () => {
    const file = await SafetensorsFile.open(
      await fileWith({ ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] }, x: floats(8, 16) }, 16),
    );
    await expect(file.read("ids")).rejects.toEqual(fails("invalid-model", "ids", "I64"));
    await expect(file.read("y")).rejects.toEqual(fails("missing-weights", "y"));
    expect(await file.read("x")).toEqual(float32([2]));
    await file.close();
  });

  it.each([
    { name: "a header longer than the file", header: {}, bytes: 0, length: 1000n, says: ["header length", "1000 bytes"] },
    { name: "an absurd header length", header: {}, bytes: 0, length: 2n ** 63n, says: ["header length"] },
    { name: "a header that is not JSON", header: "{oops", bytes: 0, says: ["not JSON"] },
    { name: "a header that is a list", header: [], bytes: 0, says: ["not an object"] },
    { name: "an unknown dtype", header: { x: { ...floats(0, 4), dtype: "F3" } }, bytes: 4, says: [": x", "dtype"] },
    { name: "a negative size", header: { x: { ...floats(0, 4), shape: [-1] } }, bytes: 4, says: [": x", "shape"] },
    { name: "a range unlike the shape", header: { x: { ...floats(0, 8), shape: [3] } }, bytes: 8, says: [": x", "12 bytes", "8 bytes"] },
    { name: "overlapping tensors", header: { x: floats(0, 8), y: floats(4, 12) }, bytes: 12, says: [": y", "overlap"] },
    { name: "a hole", header: { x: floats(0, 4), y: floats(8, 12) }, bytes: 12, says: [": y", "belong to none"] },
    { name: "missing data", header: { x: floats(0, 8) }, bytes: 5, says: ["truncated"] },
    { name: "surplus data", header: { x: floats(0, 8) }, bytes: 9, says: ["behind the last tensor"] },
  ])("refuses $name", async ({ header, bytes, length, says }) => {
    await expect(SafetensorsFile.open(await fileWith(header, bytes, length))).rejects.toEqual(fails("invalid-model", ...says));
  });

  it("refuses a file cut at any place", async () => {
    const path = join(await saved(), "model.safetensors");
    const { length } = await readFile(path);
    for (const size of [length - 1, Math.floor(length / 2), 100, 8, 0]) {
      await truncate(path, size);
      await expect(SafetensorsFile.open(path)).rejects.toEqual(fails("invalid-model", path));
    }
  });

  it("writes files that an independent reader takes, in every format", async (context) => {
    const program = `
import json, struct, sys
path = sys.argv[1]
with open(path, "rb") as file:
    size = struct.unpack("<Q", file.read(8))[0]
    assert size % 8 == 0
    header = json.loads(file.read(size))
    data = file.read()
assert header.pop("__metadata__") == {"format": "pt"}
out = {}
for name, entry in header.items():
    raw = data[slice(*entry["data_offsets"])]
    if entry["dtype"] == "F32": values = struct.unpack(f"<{len(raw) // 4}f", raw)
    elif entry["dtype"] == "F16": values = struct.unpack(f"<{len(raw) // 2}e", raw)
    else: values = [struct.unpack("<f", b"\\0\\0" + raw[i:i + 2])[0] for i in range(0, len(raw), 2)]
    out[name] = [entry["shape"], list(values)]
json.dump(out, sys.stdout)
`;
    if (spawnSync("python3", ["--version"]).status !== 0) {
      console.warn("skipped: no python3 to read the file with");
      return context.skip("no python3");
    }
    const tensors = new Map([
      ["a", float32([2, 2], [1, -0.5, 3.140625, 2 ** -14])],
      ["b.weight", float32([3], [0, 1024, -7])],
    ]);
    for (const format of ["F32", "F16", "BF16"] as const) {
      const path = join(root, `${format}.safetensors`);
      await writeSafetensors(path, tensors, format);
      const { stdout, stderr } = spawnSync("python3", ["-c", program, path], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual(
        Object.fromEntries([...tensors].map(([name, tensor]) => [name, [tensor.shape, [...tensor.data]]])),
      );
    }
  });
});
