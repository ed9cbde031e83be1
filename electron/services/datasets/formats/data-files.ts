// Which files an import is about: one file, or the data files of a folder with the splits that its README (Hugging Face) or its file
// names give them. Nothing outside of the folder is read, whatever links and patterns say.

import { readFile, realpath, readdir, stat } from "node:fs/promises";
import { basename, join, matchesGlob, relative, sep } from "node:path";
import { parse } from "yaml";
import { WorkbenchError } from "../../../../shared/errors.ts";

export interface DataFile {
  readonly path: string;
  /** Name below the folder, with "/". */
  readonly name: string;
  /** "" where nothing names one. */
  readonly split: string;
}

const DATA_FILE = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.gz|\.zst)?$/i;
const MAX_DEPTH = 8;
const MAX_FILES = 20_000;
const MAX_README_BYTES = 4 * 1024 * 1024;
/** Words of a path that name a split, like the Hugging Face libraries read them. */
const SPLIT_WORDS: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  test: "test",
  testing: "test",
  eval: "test",
  evaluation: "test",
  validation: "validation",
  valid: "validation",
  val: "validation",
  dev: "validation",
};

/** Throws "file-not-found", and "invalid-record" for a folder without data files or a README that asks for files outside of it. */
export async function findDataFiles(path: string): Promise<readonly DataFile[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new WorkbenchError("file-not-found", "there is no such file or folder", { where: path }, { cause });
  });
  // A pipe would wait for someone to write into it, a device might never end.
  if (!info.isDirectory() && !info.isFile())
    throw new WorkbenchError("invalid-argument", "this is neither a file nor a folder", { where: path });
  if (info.isFile()) return [{ path, name: basename(path), split: "" }];
  const root = await realpath(path);
  const names = await listFiles(root);
  const configured = await readmeSplits(root, names);
  const files = configured ?? names.filter((name) => DATA_FILE.test(name)).map((name) => ({ name, split: splitOf(name) }));
  if (files.length === 0) {
    throw new WorkbenchError("invalid-record", "the folder has no data file", {
      where: path,
      expected: "jsonl, json, csv, tsv or parquet",
    });
  }
  return files.map(({ name, split }) => ({ path: join(root, name), name, split }));
}

/** Files below a folder by name, in order. Links are followed only inside of it; hidden folders are left out. */
async function listFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".") || found.length >= MAX_FILES) continue;
      if (entry.isDirectory()) {
        if (depth < MAX_DEPTH) await visit(path, depth + 1);
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await isFileInside(root, path)))) {
        found.push(relative(root, path).split(sep).join("/"));
      }
    }
  };
  await visit(root, 0);
  return found;
}

async function isFileInside(root: string, path: string): Promise<boolean> {
  try {
    const target = await realpath(path);
    return target.startsWith(`${root}${sep}`) && (await stat(target)).isFile();
  } catch {
    return false;
  }
}

/** "data/train-00000-of-00002.parquet" is of "train". */
function splitOf(name: string): string {
  const words = name.toLowerCase().split(/[^a-z]+/);
  const named = words.find((word) => Object.hasOwn(SPLIT_WORDS, word));
  return named === undefined ? "" : (SPLIT_WORDS[named] ?? "");
}

interface SplitFile {
  readonly name: string;
  readonly split: string;
}

/** What the head of README.md says under `configs`; the first configuration counts. Undefined where it says nothing. */
async function readmeSplits(root: string, names: readonly string[]): Promise<readonly SplitFile[] | undefined> {
  if (!names.includes("README.md")) return undefined;
  const path = join(root, "README.md");
  if ((await stat(path)).size > MAX_README_BYTES) return undefined;
  const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(await readFile(path, "utf8"))?.[1];
  if (head === undefined) return undefined;
  const patterns = splitPatterns(parseHead(head, path));
  if (patterns === undefined) return undefined;
  return patterns.flatMap(({ split, pattern }) => {
    if (pattern.startsWith("/") || /^[a-z]+:/i.test(pattern) || pattern.split(/[/\\]/).includes("..")) {
      throw new WorkbenchError("invalid-record", "the README names files outside of the folder", { where: path, got: pattern });
    }
    return names
      .filter((name) => DATA_FILE.test(name) && (name === pattern || matchesGlob(name, pattern)))
      .map((name) => ({ name, split }));
  });
}

function parseHead(head: string, where: string): unknown {
  try {
    return parse(head, { maxAliasCount: 50 });
  } catch (cause) {
    throw new WorkbenchError(
      "invalid-record",
      "the head of the README is not YAML",
      { where, got: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  }
}

function splitPatterns(head: unknown): readonly { readonly split: string; readonly pattern: string }[] | undefined {
  const configs = member(head, "configs");
  const files = Array.isArray(configs) ? member(configs[0], "data_files") : undefined;
  if (typeof files === "string") return [{ split: "train", pattern: files }];
  if (!Array.isArray(files)) return undefined;
  return files.flatMap((entry: unknown) => {
    if (typeof entry === "string") return [{ split: "train", pattern: entry }];
    const [split, paths] = [member(entry, "split"), member(entry, "path")];
    const list = Array.isArray(paths) ? paths : [paths];
    return list
      .filter((pattern) => typeof pattern === "string")
      .map((pattern) => ({ split: typeof split === "string" ? split : "train", pattern }));
  });
}

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
