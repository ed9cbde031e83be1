// A training small enough to be done in two seconds by a real engine: folder with model and data, and the job that trains.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyDataset, writeTinyModel } from "../../services/testing/tiny-model.ts";
import type { JobArguments } from "../job-arguments.ts";

export const TINY_SETTINGS = {
  steps: 5,
  seed: 3,
  promptsPerStep: 3,
  numGenerations: 2,
  maxNewTokens: 8,
  maxPromptTokens: 400,
  checkpointEverySteps: 2,
  learningRate: 0.01,
  overlong: "keep",
  "superiorCot.thinkSamples": 2,
  "superiorCot.emptySamples": 1,
} as const;

/** Fills a disk of a few megabytes before it is through. */
export const FULL_DISK_SETTINGS = { steps: 24, checkpointEverySteps: 1, keepCheckpoints: 100 } as const;

export type Changes = Readonly<Record<string, string | number | boolean>>;

export interface TinyFolder {
  readonly path: string;
  readonly model: string;
  readonly data: string;
  readonly training: (set?: Changes) => JobArguments;
  readonly workspace: (name: string) => string;
  readonly remove: () => void;
}

export async function tinyFolder(): Promise<TinyFolder> {
  const path = mkdtempSync(join(tmpdir(), "raif-engine-"));
  const [model, data] = [join(path, "model"), join(path, "data.jsonl")];
  await writeTinyModel(model, join(path, "scratch"));
  writeFileSync(data, tinyDataset());
  return {
    path,
    model,
    data,
    training: (set = {}) => tinyTraining(model, data, set),
    workspace: (name) => join(path, `${name}.raif`),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function tinyTraining(model: string, data: string, set: Changes = {}): JobArguments {
  return { kind: "train", request: { model, data, recipe: "paper", set: { ...TINY_SETTINGS, ...set }, device: "cpu" } };
}
