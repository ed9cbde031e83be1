// Seeds of a synthesis: the shipped ones, or the requests of a file (one JSON object a line with `text`, or instruction records).

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { chatMessageSchema } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { mainScript } from "../../engine/data-quality/languages.ts";
import type { Seed } from "../../engine/synthesis/seeds.ts";
import { SYNTHESIS_FOLDER } from "../resource-paths.ts";

/** A seed whose kind is not known yet has empty tags. */
const lineSchema = z.union([
  z.object({
    text: z.string().trim().min(1),
    ability: z.string().default(""),
    topic: z.string().default(""),
    language: z.string().optional(),
  }),
  z.object({ messages: z.array(chatMessageSchema).min(1) }).transform(({ messages }) => ({
    text: (messages.findLast(({ role }) => role === "user") ?? messages[0])!.content.trim(),
    ability: "",
    topic: "",
    language: undefined,
  })),
]);

export const SHIPPED_SEEDS = join(SYNTHESIS_FOLDER, "seeds.jsonl");

/** Throws "file-not-found", "invalid-record" with the line. */
export async function readSeeds(path: string): Promise<Seed[]> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the seeds", { where: path }, { cause });
  }
  const seeds = content.split("\n").flatMap((line, index): Seed[] => (line.trim() === "" ? [] : [parseSeed(line, `${path}:${index + 1}`)]));
  if (seeds.length === 0) throw new WorkbenchError("invalid-record", "there is no seed", { where: path });
  return seeds;
}

function parseSeed(line: string, where: string): Seed {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new WorkbenchError("invalid-record", "the line is not JSON", { where, got: line.slice(0, 80) }, { cause });
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    throw new WorkbenchError("invalid-record", "the line is no seed", {
      where,
      expected: "an object with text, or with messages",
      got: line.slice(0, 80),
    });
  }
  const { language, ...rest } = parsed.data;
  return { ...rest, language: language ?? (mainScript(rest.text) === "Han" ? "zh" : "en") };
}
