// RAIF's detectable_format:xml_format. "compat" also takes any line that has something like a pair of tags, as RAIF's checker does;
// "corrected" wants the whole answer, without a code fence around it, to be one well-formed document (read by saxes).

import { SaxesParser } from "saxes";
import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { withoutFence } from "../readable-text.ts";
import { strip } from "../text.ts";

export const formatXml: Checker<NoArguments> = {
  id: "detectable_format:xml_format",
  kwargs: noArguments,
  conflicts: [
    "detectable_format:json_format",
    "detectable_format:title",
    "startend:quotation",
    "startend:end_checker",
    "raif:sorted_words",
    "combination:two_responses",
  ],
  describe: () => "the whole answer is XML",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const body = mode === "compat" ? strip(text) : withoutFence(text);
    const problem = xmlProblem(body);
    const hasTags = mode === "compat" && problem !== undefined && hasPairOfTags(text);
    const start = text.indexOf(body);
    const spans = problem === undefined ? [{ start, end: start + body.length }] : [];
    return result(problem === undefined || hasTags, this.describe(kwargs), problem ?? "well-formed XML", spans);
  },
};

/** Names with a prefix have to be declared; looking for that takes long in deeply nested tags, so only where there are any. */
const USES_PREFIXES = /[<\s/][^\s<>:/]+:[^\s<>:]/;

/** What keeps a text from being one well-formed document; undefined where nothing does. */
export function xmlProblem(body: string): string | undefined {
  if (body === "") return "an empty answer";
  const parser = new SaxesParser({ xmlns: USES_PREFIXES.test(body) });
  let problem: string | undefined;
  parser.on("error", (error) => (problem ??= error.message));
  try {
    parser.write(body).close();
  } catch (error) {
    problem ??= error instanceof Error ? error.message : String(error);
  }
  return problem === undefined ? undefined : `not XML: ${problem}`;
}

/** On one line "<", later ">", "</" and ">", in this order; the same as the pattern .*<.*>.*</.*> but in one pass. */
function hasPairOfTags(text: string): boolean {
  return text.split("\n").some((line) => {
    const opened = line.indexOf(">", line.indexOf("<") + 1);
    const closing = opened < 0 ? -1 : line.indexOf("</", opened + 1);
    return line.includes("<") && closing >= 0 && line.includes(">", closing + 2);
  });
}
