// What the form of an import says, turned into what the calls take.

import type { ImportPreview, Mapping } from "../../../shared/domain/dataset-files.ts";

/** Parts of a mapping that name one field, with what they are for. */
export const MAPPED_PARTS = [
  { part: "prompt", label: "Instruction", hint: "What the user asks for" },
  { part: "input", label: "Input text", hint: "Text the instruction is about; conditions of a Selection look at it" },
  { part: "system", label: "System message", hint: "" },
  { part: "id", label: "Id", hint: "Else made from the line" },
  { part: "answer", label: "Maths answer", hint: "The right answer of a maths problem" },
  { part: "questions", label: "Questions", hint: "A list of yes/no questions about the response" },
  { part: "response", label: "Demonstration", hint: "With or without a think block" },
  { part: "split", label: "Split", hint: "" },
] as const satisfies readonly { readonly part: Exclude<keyof Mapping, "tags">; readonly label: string; readonly hint: string }[];

export type MappedPart = (typeof MAPPED_PARTS)[number]["part"];
/** As typed: empty texts for what is not mapped; tags between commas. */
export type MappingTexts = Readonly<Record<MappedPart | "tags", string>>;

export const NO_MAPPING: MappingTexts = {
  prompt: "",
  input: "",
  system: "",
  id: "",
  answer: "",
  questions: "",
  response: "",
  split: "",
  tags: "",
};

/** Words that files use for the parts, the likeliest first. */
const USUAL_NAMES: Readonly<Record<MappedPart, readonly string[]>> = {
  prompt: ["prompt", "instruction", "instructions", "question", "query", "problem", "task", "ask", "request", "user"],
  input: ["input", "context", "passage", "document"],
  system: ["system", "system_prompt"],
  id: ["id", "key", "uid", "uuid", "index"],
  answer: ["answer", "ground_truth", "solution", "target", "label"],
  questions: ["questions", "checklist", "decomposed_questions", "criteria"],
  response: ["response", "output", "completion", "demonstration", "expert"],
  split: ["split", "subset"],
};

/** A first mapping by the names of the fields; what is not found stays empty. */
export function guessMapping(fields: readonly string[]): MappingTexts {
  const taken = new Set<string>();
  const texts: Record<string, string> = { ...NO_MAPPING };
  for (const [part, names] of Object.entries(USUAL_NAMES)) {
    const found = names.flatMap((name) => fields.find((field) => field.toLowerCase() === name && !taken.has(field)) ?? [])[0];
    if (found === undefined) continue;
    taken.add(found);
    texts[part] = found;
  }
  return texts as MappingTexts;
}

/** Undefined while it does not say where the instruction is. */
export function mappingOf(texts: MappingTexts): Mapping | undefined {
  const { tags, ...parts } = texts;
  const named = Object.entries(parts).flatMap(([part, text]) => (text.trim() === "" ? [] : [[part, text.trim()] as const]));
  if (texts.prompt.trim() === "") return undefined;
  const tagNames = tags
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  return { ...(Object.fromEntries(named) as { readonly prompt: string }), tags: tagNames };
}

export function textsOf({ tags, ...parts }: Mapping): MappingTexts {
  const named = Object.entries(parts).filter(([, place]) => place !== undefined);
  return { ...NO_MAPPING, ...(Object.fromEntries(named) as Partial<MappingTexts>), tags: tags.join(", ") };
}

const EXAMPLE_CHARACTERS = 200;

/** Fields of the texts that are JSON objects, each with a value. */
export function fieldsOf(texts: readonly string[]): ImportPreview["fields"] {
  const found = new Map<string, string>();
  for (const text of texts) {
    for (const [name, value] of Object.entries(objectIn(text))) {
      const example = typeof value === "string" ? value : JSON.stringify(value);
      if (!found.has(name)) found.set(name, example.slice(0, EXAMPLE_CHARACTERS));
    }
  }
  return [...found].map(([name, example]) => ({ name, example }));
}

function objectIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** "data/train.jsonl.gz" is "train". */
export function nameOfPath(path: string): string {
  const last = path.split(/[/\\]/).findLast((part) => part !== "") ?? "";
  const name = last.replace(/\.(gz|zst)$/i, "").replace(/\.(jsonl|ndjson|json|csv|tsv|parquet)$/i, "");
  return name.slice(0, 200);
}
