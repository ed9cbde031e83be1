// A complex instruction as stored in a dataset file (JSONL, one record a line): the prompt, the label that verifies an
// answer, and optionally an expert demonstration. Owns schema and types; what a rule id means lives in
// electron/engine/constraints.

import { z } from "zod";

export const chatMessageSchema = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** One atomic, checkable constraint: a rule of the catalogue with its arguments. */
export const ruleSchema = z.strictObject({
  type: z.literal("rule"),
  id: z.string(),
  kwargs: z.record(z.string(), z.unknown()).default({}),
});
export type RuleNode = z.infer<typeof ruleSchema>;

/**
 * And: every child holds. Chain: steps in order, a step counts only while every step before it holds.
 * Selection: exactly one branch is active, the first whose `when` holds on the record's `input` text; `otherwise` if none.
 * Nested = any of these inside another.
 */
export type CompositionNode =
  | RuleNode
  | { readonly type: "and"; readonly children: readonly CompositionNode[] }
  | { readonly type: "chain"; readonly steps: readonly CompositionNode[] }
  | {
      readonly type: "selection";
      readonly branches: readonly { readonly when: RuleNode; readonly then: CompositionNode }[];
      readonly otherwise?: CompositionNode | undefined;
    };

export const compositionSchema: z.ZodType<CompositionNode> = z.lazy(() =>
  z.discriminatedUnion("type", [
    ruleSchema,
    z.strictObject({ type: z.literal("and"), children: z.array(compositionSchema).min(1) }),
    z.strictObject({ type: z.literal("chain"), steps: z.array(compositionSchema).min(1) }),
    z.strictObject({
      type: z.literal("selection"),
      branches: z.array(z.strictObject({ when: ruleSchema, then: compositionSchema })).min(1),
      otherwise: compositionSchema.optional(),
    }),
  ]),
);

/**
 * How rules with a public checker are meant. "compat": its verdict, quirks included. "corrected": what the rule says to a person, in
 * any script. New records are "corrected"; a record that does not say is "compat".
 */
export const checkModeSchema = z.enum(["compat", "corrected"]);
export type CheckMode = z.infer<typeof checkModeSchema>;
export const DEFAULT_CHECK_MODE: CheckMode = "compat";

export const labelSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("tree"), tree: compositionSchema, mode: checkModeSchema.optional() }),
  z.strictObject({ type: z.literal("math"), answer: z.string() }),
]);

export const expertSchema = z.strictObject({ think: z.string(), answer: z.string() });
export type Expert = z.infer<typeof expertSchema>;

export const instructionRecordSchema = z.strictObject({
  id: z.string().min(1),
  /** Conversation up to the turn the model answers; no system turn unless the record needs its own. */
  messages: z.array(chatMessageSchema).min(1),
  /** The text that Selection conditions look at; absent when the instruction carries none. */
  input: z.string().optional(),
  label: labelSchema,
  expert: expertSchema.optional(),
  /** Free tags; the starter data uses `composition`, `depth`, `source`. */
  tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type InstructionRecord = z.infer<typeof instructionRecordSchema>;
