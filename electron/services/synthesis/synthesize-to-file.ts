// A synthesis as a command asks for it: settings as text, results as files.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { SynthesisOutcome } from "../../../shared/domain/synthesis.ts";
import { DEFAULT_MIX, parseMix } from "../../engine/synthesis/mix.ts";
import { readDatasetFile } from "../dataset-file.ts";
import { synthesizeFromTemplates, type TemplateSynthesisHooks } from "./template-synthesis.ts";
import { writeJsonLines } from "./write-records.ts";

export interface SynthesizeToFileRequest {
  readonly count: number;
  readonly mix?: string;
  readonly seed: number;
  /** Datasets (path or shipped name) whose prompts must not come again. */
  readonly avoid?: readonly string[];
  readonly out: string;
  /** Where rejected samples go; nowhere when absent. */
  readonly rejected?: string;
}

/** Throws "invalid-argument", "cancelled", and what reading a dataset throws. Writes nothing unless all is made. */
export async function synthesizeToFile(request: SynthesizeToFileRequest, hooks: TemplateSynthesisHooks = {}): Promise<SynthesisOutcome> {
  const mix = request.mix === undefined ? DEFAULT_MIX : parseMix(request.mix);
  const avoid: InstructionRecord[] = [];
  for (const name of request.avoid ?? []) avoid.push(...(await readDatasetFile(name)).records);
  const outcome = await synthesizeFromTemplates({ count: request.count, mix, seed: request.seed, avoid }, hooks);
  await writeJsonLines(request.out, outcome.records);
  if (request.rejected !== undefined) await writeJsonLines(request.rejected, outcome.rejected);
  return outcome;
}
