// The form of a rule's arguments, made from their JSON schema: which fields there are, how a value is shown as text, and what a typed
// text means. What a schema cannot say is left to the check of the record.

export type FieldKind = "whole-number" | "number" | "text" | "lines" | "choice" | "yes-no" | "json";

export interface KwargsField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly choices: readonly string[];
  readonly help: string;
}

interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: { readonly type?: string };
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** In the order of the schema. */
export function kwargsFields(schema: Readonly<Record<string, unknown>>): readonly KwargsField[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, FieldSchema>>;
  const required = (schema["required"] ?? []) as readonly string[];
  return Object.entries(properties).map(([name, field]) => ({
    name,
    kind: kindOf(field),
    required: required.includes(name),
    choices: (field.enum ?? []).map(String),
    help: field.description ?? helpOf(field),
  }));
}

function kindOf({ type, enum: choices, items }: FieldSchema): FieldKind {
  if (choices !== undefined && choices.every((choice) => typeof choice === "string")) return "choice";
  if (type === "integer") return "whole-number";
  if (type === "number") return "number";
  if (type === "boolean") return "yes-no";
  if (type === "string") return "text";
  return type === "array" && items?.type === "string" ? "lines" : "json";
}

function helpOf(field: FieldSchema): string {
  if (kindOf(field) === "lines") return "One a line.";
  if (kindOf(field) === "json") return "As JSON.";
  const low = field.minimum !== undefined && field.minimum > -1e9 ? `at least ${field.minimum}` : "";
  const high = field.maximum !== undefined && field.maximum < 1e9 ? `at most ${field.maximum}` : "";
  return [low, high].filter(Boolean).join(", ");
}

export function fieldText(kind: FieldKind, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (kind === "lines") return Array.isArray(value) ? value.join("\n") : JSON.stringify(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Undefined leaves the argument out. A text that is no number stays a text, so that the check can say what is wrong with it. */
export function fieldValue(kind: FieldKind, text: string): unknown {
  switch (kind) {
    case "lines": {
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      return lines.length === 0 ? undefined : lines;
    }
    case "whole-number":
    case "number":
      return text.trim() === "" ? undefined : Number.isFinite(Number(text)) ? Number(text) : text;
    case "yes-no":
      return text === "" ? undefined : text === "true";
    case "json":
      try {
        return text.trim() === "" ? undefined : (JSON.parse(text) as unknown);
      } catch {
        return text;
      }
    default:
      return text === "" ? undefined : text;
  }
}

/** With one argument changed. */
export function withKwarg(kwargs: Readonly<Record<string, unknown>>, name: string, value: unknown): Readonly<Record<string, unknown>> {
  const { [name]: _, ...others } = kwargs;
  return value === undefined ? others : { ...kwargs, [name]: value };
}
