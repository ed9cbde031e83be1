// `npm run random-model -- SHAPE FOLDER [SEED]`: a model folder of a published shape with random bfloat16 weights, and the nano
// model's tokenizer so that it can be trained and asked.

import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { writeRandomFolder } from "./random-folder.ts";
import { SHAPES, type ShapeName } from "./shapes.ts";

const [name = "", folder = "", seed = "1"] = process.argv.slice(2);
if (!Object.hasOwn(SHAPES, name) || folder === "") {
  console.error(`usage: npm run random-model -- SHAPE FOLDER [SEED]; shapes: ${Object.keys(SHAPES).join(", ")}`);
  process.exit(2);
}
const nano = join(import.meta.dirname, "..", "..", "resources", "nano");
const { eos_token_id: eos } = JSON.parse(await readFile(join(nano, "config.json"), "utf8")) as { eos_token_id: unknown };
await writeRandomFolder({
  folder,
  config: { ...SHAPES[name as ShapeName], eos_token_id: eos },
  seed: Number(seed),
  dtype: "BF16",
  shards: 2,
  companions: nano,
});
console.log(`wrote ${name} with random weights to ${folder}`);
