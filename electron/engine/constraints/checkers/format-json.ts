// IFEval detectable_format:json_format: the whole answer, without a surrounding code fence, is JSON as Python's json.loads reads
// it (bare values, NaN and Infinity included; several opening fences are removed). In "corrected" an object or a list by the standard.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Span } from "../../../../shared/domain/verdict.ts";
import type { Checker } from "../registry.ts";
import { withoutFence } from "../readable-text.ts";
import { strip } from "../text.ts";

const STRING_OR_CONSTANT = /"(?:[^"\\]|\\[^])*"|(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.])/g;

export const formatJson: Checker<NoArguments> = {
  id: "detectable_format:json_format",
  kwargs: noArguments,
  conflicts: [
    "detectable_format:title",
    "detectable_format:number_bullet_lists",
    "raif:numbered_list",
    "raif:sorted_words",
    "startend:quotation",
    "startend:end_checker",
  ],
  describe: () => "the whole answer is valid JSON",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    if (mode === "corrected") {
      const inner = withoutFence(text);
      const wrong = jsonProblem(inner) ?? (/^[{[]/.test(inner) ? undefined : "a bare value, neither object nor list");
      return result(wrong === undefined, this.describe(kwargs), wrong ?? "valid JSON", wrong === undefined ? [spanOf(text, inner)] : []);
    }
    let body = strip(text);
    for (const fence of ["```json", "```Json", "```JSON", "```"]) if (body.startsWith(fence)) body = body.slice(fence.length);
    if (body.endsWith("```")) body = body.slice(0, -3);
    body = strip(body);
    const problem = jsonProblem(body.replace(STRING_OR_CONSTANT, (match) => (match.startsWith('"') ? match : "0")));
    const spans = problem === undefined ? [spanOf(text, body)] : [];
    return result(problem === undefined, this.describe(kwargs), problem ?? "valid JSON", spans);
  },
};

function spanOf(text: string, body: string): Span {
  const start = text.indexOf(body);
  return { start, end: start + body.length };
}

function jsonProblem(body: string): string | undefined {
  if (body === "") return "an empty answer";
  try {
    JSON.parse(body);
    return undefined;
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
