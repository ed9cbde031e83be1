// The files of a tokenizer in a Hugging Face folder: reading them as JSON, the special tokens they name, and the chat template
// source. What the tokens mean is tokenizer.ts; rendering is chat-template.ts.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkbenchError } from "../../../shared/errors.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Everything a saved model takes along, apart from config and weights; a folder rarely has all of them. */
export const TOKENIZER_FILE_NAMES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
] as const;

export const SPECIAL_TOKEN_ROLES = ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"] as const;
export type SpecialTokenRole = (typeof SPECIAL_TOKEN_ROLES)[number];

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Null when there is no such file. Throws "invalid-tokenizer" when it is unreadable or not a JSON object. */
export async function readTokenizerJson(folder: string, fileName: string): Promise<JsonObject | null> {
  const where = join(folder, fileName);
  const text = await readOptionalText(where);
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new WorkbenchError("invalid-tokenizer", "not a JSON file", { where, expected: "JSON", got }, { cause });
  }
  if (!isJsonObject(json))
    throw new WorkbenchError("invalid-tokenizer", "not a JSON object", { where, expected: "an object", got: text.slice(0, 80) });
  return json;
}

async function readOptionalText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw new WorkbenchError("invalid-tokenizer", "cannot read the file", { where: path }, { cause });
  }
}

/** Special tokens by role, as text; a token is written either as a string or as an object with `content`. */
export function specialTokens(config: JsonObject, where: string): Partial<Record<SpecialTokenRole, string>> {
  const tokens: Partial<Record<SpecialTokenRole, string>> = {};
  for (const role of SPECIAL_TOKEN_ROLES) {
    const value = config[role] ?? null;
    if (value === null) continue;
    const content = isJsonObject(value) ? value["content"] : value;
    if (typeof content !== "string") {
      const got = JSON.stringify(value).slice(0, 80);
      throw new WorkbenchError("invalid-tokenizer", `field "${role}" is not usable`, {
        where: `${where}: ${role}`,
        expected: "a token",
        got,
      });
    }
    tokens[role] = content;
  }
  return tokens;
}

export interface ChatTemplateSource {
  readonly text: string;
  /** The file it came from, with the field where there is one. */
  readonly where: string;
}

/** A template file wins over the field, as in transformers. Null when the folder has none (base models). Throws "invalid-tokenizer". */
export async function readChatTemplateSource(folder: string): Promise<ChatTemplateSource | null> {
  const templatePath = join(folder, "chat_template.jinja");
  const text = await readOptionalText(templatePath);
  if (text !== null) return { text, where: templatePath };
  for (const fileName of ["chat_template.json", "tokenizer_config.json"]) {
    const json = await readTokenizerJson(folder, fileName);
    const field = json?.["chat_template"] ?? null;
    if (field === null) continue;
    return templateFromField(field, `${join(folder, fileName)}: chat_template`);
  }
  return null;
}

/** The field is one template, or a list of named ones of which "default" is for plain conversations. */
function templateFromField(field: unknown, where: string): ChatTemplateSource {
  if (typeof field === "string") return { text: field, where };
  const named: unknown[] = Array.isArray(field) ? field : [];
  for (const item of named) {
    if (isJsonObject(item) && item["name"] === "default" && typeof item["template"] === "string") return { text: item["template"], where };
  }
  const got = JSON.stringify(field).slice(0, 80);
  throw new WorkbenchError("invalid-tokenizer", "the chat template is not usable", {
    where,
    expected: 'a template or a list with a "default" one',
    got,
  });
}
