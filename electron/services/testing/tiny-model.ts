// A random two-layer model folder with a byte-level tokenizer, and a few records with experts, for service tests.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseHfConfig } from "../../engine/model/config.ts";
import { saveModelFolder } from "../../engine/model/hf-folder.ts";
import { initialiseParameters } from "../../engine/model/initialise.ts";
import {
  FIRST_SPECIAL_ID,
  FIXTURE_CONFIG,
  FIXTURE_TAGS,
  FIXTURE_SPECIAL,
  fixtureDefinition,
} from "../../engine/tokenizer/testing/byte-level-fixture.ts";

export async function writeTinyModel(folder: string, scratch: string): Promise<void> {
  await mkdir(scratch, { recursive: true });
  const tokenizerFiles = [join(scratch, "tokenizer.json"), join(scratch, "tokenizer_config.json")];
  await writeFile(tokenizerFiles[0] as string, JSON.stringify(fixtureDefinition()));
  await writeFile(tokenizerFiles[1] as string, JSON.stringify(FIXTURE_CONFIG));
  const config = parseHfConfig(
    {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: FIRST_SPECIAL_ID + FIXTURE_SPECIAL.length + FIXTURE_TAGS.length,
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      max_position_embeddings: 512,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: true,
      hidden_act: "silu",
      eos_token_id: FIRST_SPECIAL_ID + 2,
    },
    "tiny",
  );
  const parameters = initialiseParameters(config, 7);
  await saveModelFolder(folder, { config, parameters, tokenizerFiles, generationConfig: null }, { dtype: "float32" });
}

/** Eight instructions; every other one wants the word twice. The last one is far too long to fit. */
export function tinyDataset(): string {
  const records = ["cat", "dog", "sun", "sea", "map", "cup", "key"].map((word, index) => ({
    id: `say-${word}`,
    messages: [{ role: "user", content: `Say ${word}.` }],
    label: { type: "tree", tree: { type: "rule", id: "keywords:existence", kwargs: { keywords: [word] } } },
    ...(index % 2 === 0 ? { expert: { think: `Say ${word}.`, answer: word } } : {}),
  }));
  const long = { ...records[0], id: "too-long", messages: [{ role: "user", content: "cat ".repeat(300) }] };
  return [...records, long].map((record) => JSON.stringify(record)).join("\n");
}
