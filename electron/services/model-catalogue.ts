// The models a user can choose: the shipped one and the folders they have added. Looks into files without loading any weights.

import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { ModelDetail, ModelSummary } from "../../shared/domain/model.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { toHfConfig, type DecoderConfig } from "../engine/model/config.ts";
import { readModelConfig } from "../engine/model/hf-folder.ts";
import { SafetensorsFile } from "../engine/model/safetensors.ts";
import { buildPrompt } from "../engine/rollout/prompt.ts";
import { ChatTemplate } from "../engine/tokenizer/chat-template.ts";
import { readChatTemplateSource } from "../engine/tokenizer/tokenizer-files.ts";
import { Tokenizer } from "../engine/tokenizer/tokenizer.ts";
import { getRow, type ReadConnection, type WriteConnection } from "../storage/connection.ts";
import { getSetting, setSetting } from "../storage/settings.ts";
import { modelFolder } from "./resource-paths.ts";

const SHIPPED = "nano";
const IMPORTED_KEY = "models.imported";
const EXAMPLE_MESSAGE = "Name three rivers. Use only lower-case letters.";

/** The shipped one first, then the added folders in the order they were added; broken ones say why. */
export async function listModels(db: ReadConnection): Promise<ModelSummary[]> {
  return Promise.all([SHIPPED, ...importedFolders(db)].map((name) => summarise(name)));
}

interface OwnWorkspace {
  readonly write: (body: (db: WriteConnection) => void) => void;
}

/** Adds a folder; adding one twice changes nothing. Throws what reading its configuration and weight headers throws. */
export async function importModel(own: OwnWorkspace, path: string): Promise<ModelSummary> {
  if (!isFolder(path)) throw new WorkbenchError("file-not-found", "there is no such folder", { where: path });
  const folder = realpathSync(path);
  await readModelConfig(folder);
  const summary = await summarise(folder);
  if (summary.problem !== null) throw new WorkbenchError("invalid-model", summary.problem, { where: folder });
  own.write((db) => {
    const folders = importedFolders(db);
    if (!folders.includes(folder)) setSetting(db, IMPORTED_KEY, [...folders, folder]);
  });
  return summary;
}

/** Whether it was on the list. Files stay. */
export function forgetModel(db: WriteConnection, name: string): boolean {
  const folders = importedFolders(db);
  setSetting(
    db,
    IMPORTED_KEY,
    folders.filter((folder) => folder !== name),
  );
  return folders.includes(name);
}

/**
 * Whatever names a model in a request must be on the list, or be what a stored run stands on: an interface cannot make the host
 * read just any folder. Throws "not-found".
 */
export function requireListedModel(db: ReadConnection, name: string): void {
  const known = name === SHIPPED || importedFolders(db).includes(name);
  if (known || getRow(db, "SELECT 1 FROM runs WHERE base_model = ? LIMIT 1", name) !== undefined) return;
  throw new WorkbenchError("not-found", "this model is not on the list", { got: name, hint: "Import its folder first." });
}

/** Throws "not-found" for a model that is not on the list, and what reading it throws. */
export async function inspectModel(db: ReadConnection, name: string): Promise<ModelDetail> {
  requireListedModel(db, name);
  const folder = modelFolder(name);
  const config = await readModelConfig(folder);
  const source = await readChatTemplateSource(folder);
  return {
    ...(await summarise(name)),
    folder,
    config: toHfConfig(config, "float32"),
    chatTemplate: source?.text ?? null,
    renderedExample: source === null ? null : await renderExample(folder),
    files: filesOf(folder),
    tensors: await tensorsOf(folder),
  };
}

function importedFolders(db: ReadConnection): readonly string[] {
  const stored = getSetting(db, IMPORTED_KEY);
  return Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
}

async function summarise(name: string): Promise<ModelSummary> {
  const folder = modelFolder(name);
  const about = {
    name,
    title: name === SHIPPED ? "Nano (shipped)" : basename(folder),
    source: name === SHIPPED ? "shipped" : "imported",
  } as const;
  try {
    const config = await readModelConfig(folder);
    const tensors = await tensorsOf(folder);
    if (tensors.length === 0) throw new WorkbenchError("missing-weights", "the folder has no safetensors files", { where: folder });
    await Tokenizer.load(folder);
    return { ...about, ...figuresOf(config), parameterCount: countParameters(tensors), sizeBytes: sizeOf(folder), problem: null };
  } catch (error) {
    const unknown = { architecture: null, contextTokens: null, vocabularySize: null, parameterCount: null };
    return { ...about, ...unknown, sizeBytes: sizeOf(folder), problem: error instanceof Error ? error.message : String(error) };
  }
}

function figuresOf(config: DecoderConfig): Pick<ModelSummary, "architecture" | "contextTokens" | "vocabularySize"> {
  return { architecture: config.modelType, contextTokens: config.maxPositionEmbeddings, vocabularySize: config.vocabSize };
}

function countParameters(tensors: ModelDetail["tensors"]): number {
  return tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

async function renderExample(folder: string): Promise<string | null> {
  const tokenizer = await Tokenizer.load(folder);
  const template = await ChatTemplate.load(folder, tokenizer);
  return buildPrompt([{ role: "user", content: EXAMPLE_MESSAGE }], tokenizer, template, "think").text;
}

async function tensorsOf(folder: string): Promise<ModelDetail["tensors"]> {
  const tensors: ModelDetail["tensors"][number][] = [];
  for (const { name } of filesOf(folder).filter((file) => file.name.endsWith(".safetensors"))) {
    const file = await SafetensorsFile.open(join(folder, name));
    try {
      for (const [tensor, { dtype, shape }] of file.entries) tensors.push({ name: tensor, dtype, shape });
    } finally {
      await file.close();
    }
  }
  return tensors;
}

function filesOf(folder: string): ModelDetail["files"] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, sizeBytes: statSync(join(folder, name)).size }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sizeOf(folder: string): number {
  return filesOf(folder).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
