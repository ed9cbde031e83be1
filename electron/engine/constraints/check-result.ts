// The small shared vocabulary of checkers: building a result and comparing a count with a threshold. Owns no rule.

import { z } from "zod";
import type { CheckResult, Span } from "../../../shared/domain/verdict.ts";
import type { Bounds } from "./registry.ts";

export type Relation = "less than" | "at least";

/** How IFEval states thresholds; RAIF's data also in Chinese. */
export const relationSchema: z.ZodType<Relation> = z
  .enum(["less than", "at least", "少于", "至少"])
  .meta({ enum: ["less than", "at least"] })
  .transform((relation) => (relation === "少于" || relation === "less than" ? "less than" : "at least"));

export const countSchema = z.int().min(0);
export const noArguments = z.strictObject({});
export type NoArguments = z.infer<typeof noArguments>;
export const wordSchema = z.string().refine((text) => text.trim() !== "", "must not be blank");
/** The counts that a threshold allows. */
export function boundsOf(of: string, relation: Relation, threshold: number): Bounds {
  return relation === "less than" ? { of, least: 0, most: threshold - 1 } : { of, least: threshold, most: Infinity };
}

export function holds(count: number, relation: Relation, threshold: number): boolean {
  return relation === "less than" ? count < threshold : count >= threshold;
}

/** "3 words", "1 word": the plural is the singular plus s unless given. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** The description of the rule doubles as `expected`; spans default to none. */
export function result(passed: boolean, expected: string, got: string, spans: readonly Span[] = []): CheckResult {
  return { passed, expected, got, spans };
}

/** `"a", "b"`, or the fallback for an empty list. */
export function quoteList(items: readonly string[], fallback = "none"): string {
  return items.length === 0 ? fallback : items.map((item) => `"${item}"`).join(", ");
}

/** A short quotation of a longer text for `got`. */
export function excerpt(text: string, maxCharacters = 60): string {
  return text.length <= maxCharacters ? `"${text}"` : `"${text.slice(0, maxCharacters)}…"`;
}
