// A mapping that the user writes for records of an unknown layout: which field is what, by dotted path.

import type { Mapping } from "../../../../shared/domain/dataset-files.ts";
import type { ChatMessage } from "../../../../shared/domain/instruction.ts";
import { mathsLabel, questionsLabel } from "./labels.ts";
import { BadField, expertOf, isFields, recordName, user, type Converted, type DraftParts, type Fields, type RowSchema } from "./schema.ts";

/** Numbers count as texts. Undefined where there is nothing. */
function textAt(fields: Fields, place: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  const value = valueAt(fields, place);
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new BadField(place, "is no text");
}

/** A name with dots in it goes before a path. */
function valueAt(fields: Fields, place: string): unknown {
  if (Object.hasOwn(fields, place)) return fields[place];
  return place
    .split(".")
    .reduce<unknown>((node, name) => (isFields(node) || Array.isArray(node) ? (node as Fields)[name] : undefined), fields);
}

export function mappedSchema(mapping: Mapping): RowSchema {
  return { name: "mapped", title: "By mapping", recognises: () => true, convert: (fields) => convert(fields, mapping) };
}

function convert(fields: Fields, mapping: Mapping): Converted {
  const prompt = textAt(fields, mapping.prompt);
  if (prompt === undefined || prompt.trim() === "") throw new BadField(mapping.prompt, prompt === undefined ? "is missing" : "is empty");
  const [system, input, answer, response] = [mapping.system, mapping.input, mapping.answer, mapping.response].map((place) =>
    textAt(fields, place),
  );
  const hasInput = input !== undefined && input !== "";
  const messages: ChatMessage[] = [user(hasInput ? `${prompt}\n\n${input}` : prompt)];
  if (system !== undefined && system !== "") messages.unshift({ role: "system", content: system });
  const label = answer !== undefined && answer.trim() !== "" ? mathsLabel(answer.trim()) : askedLabel(fields, mapping.questions);
  const id = mapping.id === undefined ? undefined : recordName(valueAt(fields, mapping.id));
  const expert = response === undefined ? undefined : expertOf(response);
  const draft: DraftParts = {
    ...(id === undefined ? {} : { id }),
    messages,
    ...(hasInput ? { input } : {}),
    ...(label === undefined ? {} : { label }),
    ...(expert === undefined ? {} : { expert }),
    tags: tagsAt(fields, mapping.tags),
  };
  const split = textAt(fields, mapping.split);
  return { type: "record", draft, ...(split === undefined ? {} : { split }) };
}

function askedLabel(fields: Fields, place: string | undefined): Fields | undefined {
  const list = place === undefined ? undefined : valueAt(fields, place);
  if (list === undefined || list === null || place === undefined) return undefined;
  if (!Array.isArray(list) || list.some((question) => typeof question !== "string")) throw new BadField(place, "is no list of texts");
  return questionsLabel(list as readonly string[]);
}

function tagsAt(fields: Fields, places: readonly string[]): Record<string, string | number | boolean> {
  const tags: Record<string, string | number | boolean> = {};
  for (const place of places) {
    const value = valueAt(fields, place);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") tags[place] = value;
  }
  return tags;
}
