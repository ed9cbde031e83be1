// FollowBench: items that the benchmark scores by rule get that rule; for the others each condition that a level added is a question to the
// judge. What a level added shows only beside the level below it, so a file's rows are read in turn, level by level.

import { readPythonLiteral } from "../../../engine/constraints/python-literal.ts";
import type { FollowbenchKind } from "../../../engine/constraints/checkers/followbench-answer.ts";
import { labelledTree, questionsLabel } from "./labels.ts";
import { BadField, presentText, tagsOf, user, type Converted, type Fields, type RowSchema } from "./schema.ts";

/** Items by their source, and how the benchmark compares an answer with their target. */
const KIND_OF_SOURCE: Readonly<Record<string, FollowbenchKind>> = {
  E2E: "one-of",
  text_editing: "one-of",
  CONLL2003: "one-of",
  WIKIEVENTS: "lines",
  BBH_logical: "last-option",
  BBH_time: "last-date",
  self_made_space: "contains",
  gsm_8k: "last-amount",
};

export const followBench: RowSchema = {
  name: "followbench",
  title: "FollowBench",
  recognises: (fields) => ["example_id", "category", "level", "instruction", "target"].every((name) => Object.hasOwn(fields, name)),
  convert: (fields) => convert(fields, new Levels()),
  inTurn: () => {
    const levels = new Levels();
    return (fields) => convert(fields, levels);
  },
};

function convert(fields: Fields, levels: Levels): Converted {
  const { level, source } = fields;
  if (typeof level !== "number") throw new BadField("level", "is no number");
  const instruction = presentText(fields, "instruction");
  const below = levels.below(fields, level, instruction);
  // The request before any constraint was added: judges are shown it, nobody answers it.
  if (level === 0) return { type: "context", reason: "level 0: the request that the constraints of other levels are added to" };
  const id = `${String(fields["category"])}-${String(source)}-${String(fields["example_id"])}-level-${level}`;
  const rule = ruleOf(fields);
  const label = rule === undefined ? questionsLabel(questionsOf(instruction, below, level)) : labelledTree([rule], "corrected");
  const draft = { id, messages: [user(instruction)], tags: tagsOf(fields, ["category", "source", "level"]) };
  return { type: "record", draft: { ...draft, ...(label === undefined ? {} : { label }) } };
}

/** The instructions of the group that is being read, by level. */
class Levels {
  private group = "";
  private readonly texts = new Map<number, string>();

  /** Takes a row in; the instructions of the levels below it, as far down as there is no gap, the lowest first. */
  below({ example_id: id }: Fields, level: number, instruction: string): readonly string[] {
    // Groups follow each other; their category changes from level to level where kinds of constraints are mixed.
    if (String(id) !== this.group || level === 0) this.texts.clear();
    this.group = String(id);
    this.texts.set(level, instruction);
    const found: string[] = [];
    for (let at = level - 1; this.texts.has(at); at--) found.unshift(this.texts.get(at) ?? "");
    return found;
  }
}

function ruleOf({ category, source, target }: Fields): Fields | undefined {
  if (typeof target !== "string" || target === "") return undefined;
  const rule = (kind: FollowbenchKind, targets: readonly string[]): Fields => ({
    type: "rule",
    id: "followbench:answer",
    kwargs: { kind, targets },
  });
  if (category === "example") {
    const template = target.replace("{instruction}\n", "").replaceAll("{{", "{").replaceAll("}}", "}");
    return template.split("{answer}").length === 2 ? rule("template", [template]) : undefined;
  }
  const kind = Object.hasOwn(KIND_OF_SOURCE, String(source)) ? KIND_OF_SOURCE[String(source)] : undefined;
  if (kind === undefined) return undefined;
  if (source === "CONLL2003") {
    const listed = textsOfList(target);
    return listed.length === 0 ? undefined : rule(kind, listed);
  }
  return rule(kind, kind === "lines" ? target.split("\n").filter((line) => line.trim() !== "") : [target]);
}

function textsOfList(written: string): string[] {
  const list = readPythonLiteral(written);
  return list?.type === "list" ? list.items.flatMap((item) => (item.type === "string" && item.value !== "" ? [item.value] : [])) : [];
}

/** One a level, as far as the level below is known; of the rest one for the whole. */
function questionsOf(instruction: string, below: readonly string[], level: number): string[] {
  const isChinese = /\p{Script=Han}/u.test(instruction);
  const steps = [...below, instruction];
  const added = steps.slice(1).map((text, index) => askAboutAdded(steps[index] ?? "", text, isChinese));
  if (added.length === level) return added;
  return [isChinese ? "回答是否满足了请求中的每一项要求？" : "Does the answer do everything that the request asks for?", ...added];
}

function askAboutAdded(before: string, after: string, isChinese: boolean): string {
  return isChinese
    ? `同一请求先有较简单的版本：\n《${before}》\n后来的版本增加了一项要求：\n《${after}》\n回答是否满足了所增加的要求？`
    : `A simpler version of the request was:\n<<${before}>>\nA later version added one condition to it:\n<<${after}>>\nDoes the answer meet the condition that was added?`;
}
