// The public benchmarks of complex instructions and of mathematics. What each needs beyond its label to be scored stays in the fields
// that are kept beside the record.

import { cello } from "./cello.ts";
import { followBench } from "./followbench.ts";
import { mathsLabel, questionsLabel, rulesLabel, type AskedQuestion } from "./labels.ts";
import {
  BadField,
  isFields,
  named,
  optionalText,
  presentText,
  recordName,
  requireList,
  requireText,
  tagsOf,
  user,
  type Converted,
  type DraftParts,
  type Fields,
  type RowSchema,
} from "./schema.ts";

const has = (fields: Fields, ...names: readonly string[]): boolean => names.every((name) => Object.hasOwn(fields, name));
const record = (draft: DraftParts, split?: string): Converted => ({ type: "record", draft, ...(split === undefined ? {} : { split }) });
const labelled = (label: Fields | undefined): { readonly label?: Fields } => (label === undefined ? {} : { label });

/** Groups that IFEval's rule ids begin with; every other id with a colon is IFBench's or somebody's own. */
const IFEVAL_GROUPS = new Set([
  "keywords",
  "language",
  "length_constraints",
  "detectable_content",
  "detectable_format",
  "combination",
  "startend",
  "change_case",
  "punctuation",
]);
const isIfevalId = (id: unknown): boolean => typeof id === "string" && IFEVAL_GROUPS.has(id.split(":")[0] ?? "");

function convertRules(fields: Fields): Converted {
  const ids = requireList(fields, "instruction_id_list");
  const label = rulesLabel(ids, requireList(fields, "kwargs"), "instruction_id_list");
  return record({ ...named(fields["key"]), messages: [user(presentText(fields, "prompt"))], label });
}

const ifeval: RowSchema = {
  name: "ifeval",
  title: "IFEval",
  recognises: (fields) =>
    has(fields, "prompt", "instruction_id_list", "kwargs") &&
    (!Array.isArray(fields["instruction_id_list"]) || fields["instruction_id_list"].every(isIfevalId)),
  convert: convertRules,
};

const ifbench: RowSchema = {
  name: "ifbench",
  title: "IFBench",
  recognises: (fields) => has(fields, "prompt", "instruction_id_list", "kwargs"),
  convert: convertRules,
};

const cfbench: RowSchema = {
  name: "cfbench",
  title: "CFBench",
  recognises: (fields) => has(fields, "prompt", "criteria"),
  convert: (fields) => {
    const questions = requireList(fields, "criteria").map((criterion) => {
      const text: unknown = Array.isArray(criterion) ? criterion[0] : undefined;
      if (typeof text !== "string") throw new BadField("criteria", "has an entry without a text");
      return text;
    });
    const draft = {
      ...named(fields["idx"]),
      messages: [user(presentText(fields, "prompt"))],
      ...labelled(questionsLabel(questions)),
      tags: tagsOf(fields, ["doamin", "scenario", "source", "split"]),
    };
    // Easy and hard are degrees, no splits to train or test on.
    return record(draft);
  },
};

const pointKey = (point: unknown): string => `point-${recordName(point) ?? ""}`;

const complexBench: RowSchema = {
  name: "complexbench",
  title: "ComplexBench",
  recognises: (fields) => has(fields, "instruction", "scoring_questions"),
  convert: (fields) => {
    const entries = requireList(fields, "scoring_questions").map((entry) => {
      if (!isFields(entry)) throw new BadField("scoring_questions", "has an entry that is no object");
      return entry;
    });
    const keys = new Set(entries.map((entry) => pointKey(entry["point_id"])));
    const questions = entries.map((entry): AskedQuestion => {
      const [key, dep] = [pointKey(entry["point_id"]), entry["dep"]];
      const dependsOn = (Array.isArray(dep) ? dep : []).map(pointKey).filter((other) => keys.has(other) && other !== key);
      return { text: requireText(entry, "question"), key, ...(dependsOn.length === 0 ? {} : { dependsOn }) };
    });
    const { category, group } = fields;
    return record({
      ...named(fields["main_id"]),
      messages: [user(requireText(fields, "instruction"))],
      ...labelled(questionsLabel(questions)),
      tags: tagsOf({ category, group, task_types: fields["task_types"] }, ["category", "group", "task_types"]),
    });
  },
};

const fbBench: RowSchema = {
  name: "fb-bench",
  title: "FB-Bench",
  recognises: (fields) => has(fields, "user_query", "origin_first_response", "feedback", "checklist"),
  convert: (fields) => {
    const questions = requireList(fields, "checklist").map((entry): AskedQuestion => {
      const [text, weight] = Array.isArray(entry) ? (entry as readonly unknown[]) : [entry];
      if (typeof text !== "string") throw new BadField("checklist", "has an entry without a text");
      return { text, ...(typeof weight === "number" ? { weight } : {}) };
    });
    const first = { role: "assistant" as const, content: requireText(fields, "origin_first_response") };
    return record({
      messages: [user(requireText(fields, "user_query")), first, user(requireText(fields, "feedback"))],
      ...labelled(questionsLabel(fields["bench_type"] === "Response Maintenance" ? oneOfThem(questions) : questions)),
      tags: tagsOf(fields, ["bench_type", "task_type", "sub_task_type"]),
    });
  },
};

/** Ways to stand by a first response that was right: the benchmark is content with any of them. */
function oneOfThem(questions: readonly AskedQuestion[]): readonly AskedQuestion[] {
  if (questions.length < 2) return questions;
  const listed = questions.map(({ text }, index) => `${index + 1}. ${text}`).join("\n");
  return [{ text: `以下各点中，回答是否至少满足一点？\n${listed}` }];
}

const infoBench: RowSchema = {
  name: "infobench",
  title: "InfoBench",
  recognises: (fields) => has(fields, "instruction", "decomposed_questions"),
  convert: (fields) => {
    const questions = requireList(fields, "decomposed_questions");
    const bad = questions.find((question) => typeof question !== "string");
    if (bad !== undefined) throw new BadField("decomposed_questions", "has an entry that is no text");
    const [instruction, input] = [requireText(fields, "instruction"), optionalText(fields, "input") ?? ""];
    return record({
      ...named(fields["id"]),
      messages: [user(input === "" ? instruction : `${instruction}\n\n${input}`)],
      ...(input === "" ? {} : { input }),
      ...labelled(questionsLabel(questions as readonly string[])),
      tags: tagsOf(fields, ["category", "subset"]),
    });
  },
};

const gsm8k: RowSchema = {
  name: "gsm8k",
  title: "GSM8K",
  recognises: (fields) =>
    typeof fields["question"] === "string" && typeof fields["answer"] === "string" && fields["answer"].includes("####"),
  convert: (fields) => {
    const [steps = "", answer = ""] = requireText(fields, "answer").split("####");
    if (answer.trim() === "") throw new BadField("answer", "has nothing behind ####");
    const expert = { think: steps.trim(), answer: `\\boxed{${answer.trim()}}` };
    return record({ messages: [user(requireText(fields, "question"))], label: mathsLabel(answer.trim()), expert });
  },
};

const maths: RowSchema = {
  name: "math",
  title: "MATH and other problems with an answer",
  recognises: (fields) => typeof fields["problem"] === "string" && has(fields, "answer"),
  convert: (fields) => {
    const answer = recordName(fields["answer"]);
    if (answer === undefined) throw new BadField("answer", "is neither a text nor a number");
    const solution = optionalText(fields, "solution");
    return record({
      ...named(fields["unique_id"] ?? fields["id"]),
      messages: [user(requireText(fields, "problem"))],
      label: mathsLabel(answer),
      ...(solution?.includes("\\boxed") === true ? { expert: { think: "", answer: solution } } : {}),
      tags: tagsOf(fields, ["subject", "level"]),
    });
  },
};

/** Those that ask for more come first. */
export const BENCHMARK_SCHEMAS: readonly RowSchema[] = [
  ifeval,
  ifbench,
  cello,
  cfbench,
  complexBench,
  fbBench,
  followBench,
  infoBench,
  gsm8k,
  maths,
];
