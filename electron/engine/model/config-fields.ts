// Typed access to the fields of a JSON file, with errors that name file and field. Knows nothing of what the fields mean.

import { WorkbenchError } from "../../../shared/errors.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** Absent and null both take the fallback; without a fallback they are an error. Methods throw "invalid-config". */
export class Fields {
  private readonly fields: JsonObject;
  private readonly where: string;

  constructor(fields: JsonObject, where: string) {
    this.fields = fields;
    this.where = where;
  }

  get(name: string): unknown {
    return this.fields[name];
  }

  /** The fields of an object-valued field; null where it is absent or null. */
  nested(name: string): Fields | null {
    const value = this.fields[name] ?? null;
    if (value === null) return null;
    if (!isObject(value)) throw this.invalid(name, "an object or null");
    return new Fields(value, `${this.where}: ${name}`);
  }

  names(): string[] {
    return Object.keys(this.fields);
  }

  invalid(name: string, expected: string): WorkbenchError {
    return this.error("invalid-config", `field "${name}" is missing or not usable`, name, expected);
  }

  unsupported(name: string, expected: string): WorkbenchError {
    return this.error("unsupported-architecture", `field "${name}" asks for arithmetic that is not supported`, name, expected);
  }

  positiveInteger(name: string, fallback?: number): number {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) throw this.invalid(name, "a positive integer");
    return value;
  }

  positiveNumber(name: string, fallback?: number): number {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) throw this.invalid(name, "a positive number");
    return value;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== "boolean") throw this.invalid(name, "true or false");
    return value;
  }

  tokenIds(name: string, vocabSize: number): number[] {
    const value = this.fields[name] ?? [];
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0 || id >= vocabSize) {
        throw this.invalid(name, `token ids from 0 to ${vocabSize - 1}`);
      }
      return id;
    });
  }

  private error(code: "invalid-config" | "unsupported-architecture", what: string, name: string, expected: string): WorkbenchError {
    return new WorkbenchError(code, what, { where: `${this.where}: ${name}`, expected, got: show(this.fields[name]) });
  }
}
