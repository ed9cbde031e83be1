// Turns a composition tree from its text into JSON and back, with its rules and keys checked either way.

import { readFile } from "node:fs/promises";
import { compositionSchema, type CompositionNode } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { parseTree } from "../../shared/tree-text/parse-tree.ts";
import { printTree } from "../../shared/tree-text/print-tree.ts";
import { validateTree } from "../engine/constraints/catalogue.ts";

export interface ConvertedTree {
  /** As it was given. */
  readonly from: "text" | "json";
  readonly tree: CompositionNode;
  readonly text: string;
}

/** The file holds either form. Throws "file-not-found" and what convertTree throws. */
export async function convertTreeFile(file: string): Promise<ConvertedTree> {
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the tree", { where: file }, { cause });
  }
  return convertTree(content, file);
}

/** Throws "invalid-json", "invalid-record", "unknown-rule" and "invalid-rule-arguments". */
export function convertTree(content: string, where: string): ConvertedTree {
  const from = /^\s*[{[]/.test(content) ? "json" : "text";
  const tree = from === "json" ? treeFromJson(content, where) : parseTree(content, where);
  validateTree(tree, where);
  return { from, tree, text: printTree(tree) };
}

/** A tree by itself, or a label or record that holds one. */
function treeFromJson(content: string, where: string): CompositionNode {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "the tree is not JSON", { where, got: String(cause) }, { cause });
  }
  const parsed = compositionSchema.safeParse(treeWithin(value));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new WorkbenchError("invalid-record", "this is no composition tree", {
    where: [where, ...(issue?.path ?? [])].join(", "),
    expected: issue?.message ?? "a valid tree",
  });
}

function treeWithin(value: unknown): unknown {
  const holder = value as { readonly label?: unknown; readonly tree?: unknown; readonly type?: unknown } | null;
  if (typeof holder !== "object" || holder === null) return value;
  if (holder.label !== undefined) return treeWithin(holder.label);
  return holder.type === "tree" ? holder.tree : value;
}
