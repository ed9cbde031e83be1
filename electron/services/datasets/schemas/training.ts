// Records that other trainers use: RAIF's released reinforcement and supervised data, open-instruct's verifiable records, TRL, ShareGPT,
// Alpaca.

import type { ChatMessage } from "../../../../shared/domain/instruction.ts";
import { mathsLabel, questionsLabel, rulesLabel } from "./labels.ts";
import {
  BadField,
  expertOf,
  isFields,
  named,
  optionalText,
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

const record = (draft: DraftParts): Converted => ({ type: "record", draft });
const withExpert = (response: string | undefined): Pick<DraftParts, "expert"> => {
  const expert = response === undefined ? undefined : expertOf(response);
  return expert === undefined ? {} : { expert };
};

const ROLES: Readonly<Record<string, ChatMessage["role"]>> = {
  system: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  model: "assistant",
  chatgpt: "assistant",
};

/** A list of {role, content} or {from, value}, or one text as the only turn of a user. */
function messagesOf(value: unknown, field: string): ChatMessage[] {
  if (typeof value === "string" && value.trim() !== "") return [user(value)];
  if (!Array.isArray(value) || value.length === 0) throw new BadField(field, "has no message");
  return value.map((entry: unknown, index) => {
    const place = `${field}.${index}`;
    if (!isFields(entry)) throw new BadField(place, "is no message");
    const role = ROLES[String(entry["role"] ?? entry["from"])];
    const content = entry["content"] ?? entry["value"];
    if (role === undefined) throw new BadField(place, `has the role ${JSON.stringify(entry["role"] ?? entry["from"] ?? null)}`);
    if (typeof content !== "string") throw new BadField(place, "has no text");
    return { role, content };
  });
}

/** A conversation whose last turn is the demonstration. */
function conversation(value: unknown, field: string, rest: Partial<DraftParts> = {}): DraftParts {
  const messages = messagesOf(value, field);
  const last = messages.at(-1);
  if (last?.role !== "assistant") return { ...rest, messages };
  if (messages.length === 1) throw new BadField(field, "has an answer and no question");
  return { ...rest, messages: messages.slice(0, -1), ...withExpert(last.content) };
}

const LABEL_FIELDS = ["answer", "label", "ground_truth", "reward_model"] as const;
const PROMPT_FIELDS = ["context_messages", "messages", "prompt", "input", "question"] as const;

/** A label of rules or questions: an object, or its JSON text. */
function storedLabel(fields: Fields): { readonly field: string; readonly label: Fields } | undefined {
  for (const field of LABEL_FIELDS) {
    const value = fields[field];
    const label = typeof value === "string" && value.trimStart().startsWith("{") ? parsedOrUndefined(value) : value;
    if (isFields(label) && (Array.isArray(label["instruction_id_list"]) || Array.isArray(label["scoring_questions"])))
      return { field, label };
  }
  return undefined;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const raifReinforcement: RowSchema = {
  name: "raif-rl",
  title: "RAIF, reinforcement",
  recognises: (fields) => PROMPT_FIELDS.some((name) => Object.hasOwn(fields, name)) && storedLabel(fields) !== undefined,
  convert: (fields) => {
    const { field, label } = storedLabel(fields)!;
    const promptField = PROMPT_FIELDS.find((name) => Object.hasOwn(fields, name)) ?? "prompt";
    const ids = label["instruction_id_list"];
    const questions = label["scoring_questions"];
    const asked = Array.isArray(questions)
      ? questions.map((entry: unknown) => (isFields(entry) ? (recordName(entry["question"]) ?? "") : String(entry)))
      : [];
    const made = Array.isArray(ids) ? rulesLabel(ids, requireList(label, "kwargs"), `${field}.instruction_id_list`) : questionsLabel(asked);
    return record({
      ...conversation(fields[promptField], promptField, named(fields["id"])),
      ...(made === undefined ? {} : { label: made }),
    });
  },
};

const raifSupervised: RowSchema = {
  name: "raif-sft",
  title: "RAIF, supervised",
  recognises: (fields) => Object.hasOwn(fields, "context_messages"),
  convert: (fields) => {
    const messages = messagesOf(fields["context_messages"], "context_messages");
    const response = optionalText(fields, "answer") ?? optionalText(fields, "response");
    return record(
      response === undefined
        ? conversation(messages, "context_messages", named(fields["id"]))
        : { ...named(fields["id"]), messages, ...withExpert(response) },
    );
  },
};

const openInstruct: RowSchema = {
  name: "open-instruct",
  title: "open-instruct, verifiable",
  recognises: (fields) => Object.hasOwn(fields, "ground_truth") && Object.hasOwn(fields, "messages"),
  convert: (fields) => {
    const [verifier] = [fields["dataset"]].flat() as readonly unknown[];
    const draft = conversation(fields["messages"], "messages", {
      ...named(fields["key"] ?? fields["id"]),
      tags: tagsOf({ verifier }, ["verifier"]),
    });
    const label = verifiableLabel(recordName(verifier) ?? "", [fields["ground_truth"]].flat()[0]);
    return record({ ...draft, ...(label === undefined ? {} : { label }) });
  },
};

/** Undefined for verifiers that the workbench has no counterpart of. */
function verifiableLabel(verifier: string, truth: unknown): Fields | undefined {
  if (/gsm8k|math/i.test(verifier)) {
    const answer = recordName(truth);
    if (answer === undefined) throw new BadField("ground_truth", "is no answer");
    return mathsLabel(answer);
  }
  const stored = typeof truth === "string" ? parsedOrUndefined(truth) : truth;
  const rules: unknown = Array.isArray(stored) ? stored[0] : stored;
  const ids = isFields(rules) ? (rules["instruction_id"] ?? rules["instruction_id_list"]) : undefined;
  if (!isFields(rules) || !Array.isArray(ids)) return undefined;
  return rulesLabel(ids, requireList(rules, "kwargs"), "ground_truth.instruction_id");
}

const promptAndCompletion: RowSchema = {
  name: "trl-prompt",
  title: "TRL, prompt and completion or preference",
  recognises: (fields) => Object.hasOwn(fields, "prompt"),
  convert: (fields) => {
    const response = fields["completion"] ?? fields["chosen"] ?? fields["response"] ?? fields["output"];
    const messages = messagesOf(fields["prompt"], "prompt");
    const base = named(fields["id"] ?? fields["key"]);
    if (typeof response === "string") return record({ ...base, messages, ...withExpert(response) });
    if (response === undefined || response === null) return record({ ...base, ...conversation(messages, "prompt") });
    const turns = messagesOf(response, "completion");
    // A preference pair may hold the whole conversation.
    const isWhole = messages.every(({ content }, index) => turns[index]?.content === content);
    return record({ ...base, ...conversation(isWhole ? turns : [...messages, ...turns], "completion") });
  },
};

const conversational: RowSchema = {
  name: "trl-messages",
  title: "TRL, conversational",
  recognises: (fields) => Array.isArray(fields["messages"]),
  convert: (fields) => record(conversation(fields["messages"], "messages", named(fields["id"]))),
};

const shareGpt: RowSchema = {
  name: "sharegpt",
  title: "ShareGPT",
  recognises: (fields) => Array.isArray(fields["conversations"]),
  convert: (fields) => {
    const system = optionalText(fields, "system");
    const turns = messagesOf(fields["conversations"], "conversations");
    return record(
      conversation(
        system === undefined || system === "" ? turns : [{ role: "system", content: system }, ...turns],
        "conversations",
        named(fields["id"]),
      ),
    );
  },
};

const alpaca: RowSchema = {
  name: "alpaca",
  title: "Alpaca",
  recognises: (fields) => typeof fields["instruction"] === "string" && typeof fields["output"] === "string",
  convert: (fields) => {
    const [instruction, input] = [requireText(fields, "instruction"), optionalText(fields, "input") ?? ""];
    return record({
      ...named(fields["id"]),
      messages: [user(input === "" ? instruction : `${instruction}\n\n${input}`)],
      ...(input === "" ? {} : { input }),
      ...withExpert(optionalText(fields, "output")),
    });
  },
};

/** Those that ask for more come first. */
export const TRAINING_SCHEMAS: readonly RowSchema[] = [
  openInstruct,
  raifReinforcement,
  raifSupervised,
  conversational,
  promptAndCompletion,
  shareGpt,
  alpaca,
];
