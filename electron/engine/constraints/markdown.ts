// Reads Markdown with tables (CommonMark and GitHub's tables, by micromark) for rules about its parts. Owns no rule.

import type { Code, Nodes, Table } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";
import type { Span } from "../../../shared/domain/verdict.ts";

export interface MarkdownTable extends Span {
  readonly columns: number;
  /** Rows below the header. */
  readonly rows: number;
  /** Text of the header's cells, without marks. */
  readonly headers: readonly string[];
}

export interface MarkdownFence extends Span {
  /** First word behind the opening fence, in lower case; blank if there is none. */
  readonly language: string;
}

export function markdownTables(text: string): MarkdownTable[] {
  return nodesOf<Table>(text, "table").map((table) => {
    const [header, ...rows] = table.children;
    const headers = (header?.children ?? []).map((cell) => plainText(cell).trim());
    return { ...spanOf(table), columns: headers.length, rows: rows.length, headers };
  });
}

/** Code between fences; code that is only indented is none. */
export function markdownFences(text: string): MarkdownFence[] {
  return nodesOf<Code>(text, "code")
    .map((code) => ({ ...spanOf(code), language: code.lang?.toLowerCase() ?? "" }))
    .filter(({ start }) => /^(?:```|~~~)/.test(text.slice(start)));
}

function nodesOf<T extends Nodes>(text: string, type: T["type"]): T[] {
  const found: T[] = [];
  const pending: Nodes[] = [fromMarkdown(text, { extensions: [gfmTable()], mdastExtensions: [gfmTableFromMarkdown()] })];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.type === type) found.push(node as T);
    else if ("children" in node) pending.push(...node.children);
  }
  return found.sort((a, b) => spanOf(a).start - spanOf(b).start);
}

function plainText(node: Nodes): string {
  if ("children" in node) return node.children.map(plainText).join("");
  return "value" in node ? node.value : "";
}

function spanOf(node: Nodes): Span {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}
