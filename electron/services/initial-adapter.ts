// A run that goes on from an adapter somebody trained before (PEFT's layout): which settings follow from it, and the checkpoint
// before the first step that holds it, so that the run can be resumed without the folder.

import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { trainableShapes } from "../engine/grpo/policy-graphs.ts";
import { INITIAL_STATE } from "../engine/grpo/run-context.ts";
import { readModelConfig } from "../engine/model/hf-folder.ts";
import { LORA_TARGETS } from "../engine/model/lora.ts";
import { readPeftAdapter, type Adapter } from "../engine/model/peft-adapter.ts";
import type { CheckpointInput, StoredTensor, TensorRole } from "../storage/checkpoints.ts";
import { loraConfig } from "./trained-model.ts";

/**
 * The settings with the adapter's rank, scale and layers, and its tensors. The reference stays the bare model. Throws what reading
 * the adapter throws, "unsupported" where its layers are no choice of lora.targets, and "invalid-argument" for settings that
 * contradict it.
 */
export async function withInitialAdapter(
  modelFolder: string,
  adapterFolder: string,
  config: TrainingConfig,
  set: Iterable<readonly [key: string, value: unknown]>,
): Promise<{ readonly config: TrainingConfig; readonly adapter: Adapter }> {
  const model = await readModelConfig(modelFolder);
  const adapter = await readPeftAdapter(adapterFolder, model);
  const { rank, alpha, targets } = adapter.lora;
  const choice = [...new Set(targets)].join() === LORA_TARGETS.slice(0, 4).join() ? "attention" : "all-linear";
  const lora = { ...config.lora, enabled: true, rank, alpha, targets: choice };
  for (const [key, value] of set) {
    const [group, name] = key.split(".");
    if (group !== "lora" || name === "dropout" || lora[name as keyof typeof lora] === value) continue;
    throw new WorkbenchError("invalid-argument", "a setting contradicts the adapter", {
      where: key,
      expected: String(lora[name as keyof typeof lora]),
      got: String(value),
    });
  }
  const resolved = trainingConfigSchema.parse({ ...config, lora });
  const wanted = [...trainableShapes(model, loraConfig(resolved.lora)).keys()];
  if (wanted.length !== adapter.tensors.size || wanted.some((name) => !adapter.tensors.has(name))) {
    throw new WorkbenchError("unsupported", "training cannot go on from an adapter on these layers", {
      where: adapterFolder,
      expected: "every linear layer, or all of q_proj, k_proj, v_proj and o_proj",
      got: targets.join(", "),
      hint: "Fold it into the model first and train on that.",
    });
  }
  // In the order the trainer keeps.
  const tensors = new Map(wanted.map((name) => [name, adapter.tensors.get(name) as NonNullable<ReturnType<Adapter["tensors"]["get"]>>]));
  return { config: resolved, adapter: { ...adapter, tensors } };
}

/** The resumable checkpoint of step 0: the adapter, moments at zero. */
export function initialCheckpoint(config: TrainingConfig, { tensors }: Adapter): CheckpointInput {
  const trainer = config.method === "sft" ? { step: 0, position: 0, tokens: 0, skipped: 0 } : INITIAL_STATE;
  const store = (role: TensorRole): StoredTensor[] =>
    [...tensors].map(([name, { dtype, shape, data }]) => ({
      role,
      name,
      dtype,
      shape,
      data: role === "parameter" ? data : new Float32Array(data.length),
    }));
  return {
    kind: "resumable",
    content: "adapter",
    state: { trainer, updates: 0 },
    tensors: (["parameter", "first-moment", "second-moment"] as const).flatMap(store),
  };
}
