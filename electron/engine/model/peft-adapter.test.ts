// Adapters through PEFT's files and back; an adapter applied by hand, in float64, gives the logits of the engine.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainableShapes } from "../grpo/policy-graphs.ts";
import { foldedIn } from "../grpo/testing/reference-cases.ts";
import { randomParameters, randomTensors, tinyConfig } from "../testing/random-model.ts";
import { sequenceLogits } from "./logits-graph.ts";
import { LORA_TARGETS, mergeLora, type LoraConfig } from "./lora.ts";
import { readPeftAdapter, writePeftAdapter } from "./peft-adapter.ts";
import { referenceLogits } from "./reference-forward.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";

const config = tinyConfig("qwen2");
const lora: LoraConfig = { rank: 4, alpha: 6, dropout: 0.1, targets: LORA_TARGETS };
const tensors = randomTensors(trainableShapes(config, lora), 5);
let root = "";
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "raif-peft-"));
});
afterAll(() => rm(root, { recursive: true }));

async function written(changes: Record<string, unknown> = {}): Promise<string> {
  const folder = join(root, `${count++}`);
  await writePeftAdapter(folder, { lora, tensors }, "base");
  const path = join(folder, "adapter_config.json");
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as object), ...changes }));
  return folder;
}

describe("adapters in PEFT's layout", () => {
  it("come back as they were, under PEFT's names", async () => {
    const folder = await written();
    expect(await readPeftAdapter(folder, config)).toMatchObject({ lora, tensors });
    const file = await SafetensorsFile.open(join(folder, "adapter_model.safetensors"));
    expect([...file.entries.keys()][0]).toBe("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
    await file.close();
    await expect(writePeftAdapter(folder, { lora, tensors }, "base")).rejects.toThrow(/exists already/);
  });

  it.each([false, true])("give the logits of a float64 model with W + scale B A; rank-stabilised: %s", async (useRslora) => {
    const parameters = randomParameters(config, 3);
    const adapter = await readPeftAdapter(await written({ use_rslora: useRslora }), config);
    const scale = useRslora ? lora.alpha / Math.sqrt(lora.rank) : lora.alpha / lora.rank;
    const ids = [1, 5, 30, 2, 2, 17];
    const byHand = foldedIn(parameters, tensors, { ...lora, alpha: scale * lora.rank });
    const expected = referenceLogits(config, byHand, ids).flatMap((row) => [...row]);
    const { data } = await sequenceLogits(config, mergeLora(parameters, adapter.tensors, adapter.lora), ids, { threads: 1 });
    const size = Math.hypot(...expected);
    expect(Math.hypot(...expected.map((value, i) => value - (data[i] as number))) / size).toBeLessThan(1e-5);
  });

  it.each([
    ["use_dora", true],
    ["bias", "all"],
    ["peft_type", "IA3"],
    ["modules_to_save", ["lm_head"]],
    ["rank_pattern", { q_proj: 8 }],
    ["fan_in_fan_out", true],
    ["lora_alpha", "16"],
    ["lora_dropout", 1],
  ])("are refused by name where PEFT would compute something else: %s = %j", async (field, value) => {
    await expect(readPeftAdapter(await written({ [field]: value }), config)).rejects.toThrow(`adapter_config.json: ${field}`);
  });

  it("are refused where they do not fit the model, are halved or hold no numbers", async () => {
    await expect(readPeftAdapter(await written({ r: 8 }), config)).rejects.toThrow("q_proj.lora_A.weight");
    await expect(readPeftAdapter(await written(), tinyConfig("qwen2", { numLayers: 1 }))).rejects.toThrow("layers.1.");
    await expect(readPeftAdapter(join(root, "none"), config)).rejects.toThrow("cannot read the adapter");
    const halved = await written();
    const [name, tensor] = [...tensors][0] as [string, NonNullable<ReturnType<typeof tensors.get>>];
    await writeSafetensors(join(halved, "adapter_model.safetensors"), new Map([[`base_model.model.${name}`, tensor]]), "F32");
    await expect(readPeftAdapter(halved, config)).rejects.toThrow(name.replace("lora_A", "lora_B"));
  });
});
