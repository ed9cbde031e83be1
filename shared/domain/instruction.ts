// A complex instruction as stored in a dataset file (JSONL, one record a line): the prompt, the label that verifies an
// answer, and optionally an expert demonstration. Owns schema and types; what a rule id means lives in
// electron/engine/constraints.

import { z } from "zod";

export const chatMessageSchema = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

const keySchema = z.string().regex(/^[\p{L}\p{N}_.-]+$/u, "must be letters, digits, underscores, dots and hyphens");

/** What every node of a tree may carry; all of it optional, so that plain records stay as short as they are. */
const nodeFields = {
  key: keySchema.optional().describe("Names this node for dependsOn; unique in its tree. (A rule's id names the rule.)"),
  weight: z
    .number()
    .min(1e-6)
    .max(1e6)
    .optional()
    .describe('What it counts under the reward "weighted"; default 1, multiplied by the weights of all nodes above.'),
  dependsOn: z
    .array(keySchema)
    .min(1)
    .optional()
    .describe("Keys of nodes that have to hold by themselves, or every leaf of this node counts as false (as ComplexBench has it)."),
};

/** One atomic, checkable constraint: a rule of the catalogue with its arguments. */
const plainRuleSchema = z.strictObject({
  type: z.literal("rule"),
  id: z.string(),
  kwargs: z.record(z.string(), z.unknown()).default({}),
});
export const ruleSchema = plainRuleSchema.extend(nodeFields);
export type RuleNode = z.infer<typeof ruleSchema>;

const questionSchema = z
  .strictObject({
    type: z.literal("question"),
    text: z.string().refine((text) => text.trim() !== "", "must not be blank"),
    answer: z.enum(["yes", "no"]).optional().describe("What the judge has to say for it to hold; default yes."),
    ...nodeFields,
  })
  .describe("A yes/no question about the answer, put to a judge model.");
export type QuestionNode = z.infer<typeof questionSchema>;

const mathSchema = z
  .strictObject({ type: z.literal("math"), answer: z.string(), ...nodeFields })
  .describe("The answer's last \\boxed{} equals this one.");
export type MathNode = z.infer<typeof mathSchema>;

const customSchema = z
  .strictObject({
    type: z.literal("custom"),
    name: z.string().refine((name) => name.trim() !== "", "must not be blank"),
    source: z.string(),
    ...nodeFields,
  })
  .describe("A rule of the dataset's own: JavaScript that runs in a sandbox.");
export type CustomNode = z.infer<typeof customSchema>;

const valueSchema = z
  .strictObject({ type: z.literal("value"), value: z.boolean() })
  .describe("A Selection's condition that was decided when the record was made, instead of a rule on its input text.");
const conditionSchema = z.discriminatedUnion("type", [plainRuleSchema, valueSchema]);
export type ConditionNode = z.infer<typeof conditionSchema>;

interface NodeFields {
  readonly key?: string | undefined;
  readonly weight?: number | undefined;
  readonly dependsOn?: readonly string[] | undefined;
}

/** What holds or does not hold of an answer. */
export const leafSchema = z.discriminatedUnion("type", [ruleSchema, questionSchema, mathSchema, customSchema]);
export type LeafNode = z.infer<typeof leafSchema>;

/**
 * And: every child holds. Chain: steps in order, a step counts only while every step before it holds.
 * Selection: exactly one branch is active, the first whose `when` holds; `otherwise` if none. A rule looks at the record's `input`.
 * Nested = any of these inside another.
 */
export type CompositionNode =
  | LeafNode
  | (NodeFields & { readonly type: "and"; readonly children: readonly CompositionNode[] })
  | (NodeFields & { readonly type: "chain"; readonly steps: readonly CompositionNode[] })
  | (NodeFields & {
      readonly type: "selection";
      readonly branches: readonly { readonly when: ConditionNode; readonly then: CompositionNode }[];
      readonly otherwise?: CompositionNode | undefined;
    });

/** A tree of any depth; what reads a file uses compositionSchema. */
export const nodeSchema: z.ZodType<CompositionNode> = z
  .lazy(() =>
    z.discriminatedUnion("type", [
      ruleSchema,
      questionSchema,
      mathSchema,
      customSchema,
      z.strictObject({ type: z.literal("and"), children: z.array(nodeSchema).min(1), ...nodeFields }),
      z.strictObject({ type: z.literal("chain"), steps: z.array(nodeSchema).min(1), ...nodeFields }),
      z.strictObject({
        type: z.literal("selection"),
        branches: z.array(z.strictObject({ when: conditionSchema, then: nodeSchema })).min(1),
        otherwise: nodeSchema.optional(),
        ...nodeFields,
      }),
    ]),
  )
  .meta({ id: "composition" });

/** Objects and lists inside each other in the JSON of a tree; a branch of a Selection takes three. */
const MAX_NESTING = 200;

/** A tree that nothing which walks through it can fall over. */
export const compositionSchema: z.ZodType<CompositionNode> = z
  .unknown()
  .refine((value) => isNestedWithin(value, MAX_NESTING), "must not be nested so deep")
  .pipe(nodeSchema);

/** Without recursion, which is what it protects from. */
function isNestedWithin(root: unknown, limit: number): boolean {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return false;
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? (Object.values(value) as unknown[]) : []));
  }
  return true;
}

/**
 * How checks become accuracy. boolean (the paper): 2 if all hold, -2 if none, else their share s/n. fraction: s/n always.
 * weighted: from -2 to 2 in proportion to the weights of what holds.
 */
export const REWARD_MODES = ["boolean", "fraction", "weighted"] as const;
export type RewardMode = (typeof REWARD_MODES)[number];

/**
 * How rules with a public checker are meant. "compat": its verdict, quirks included. "corrected": what the rule says to a person, in
 * any script. New records are "corrected"; a record that does not say is "compat".
 */
export const checkModeSchema = z.enum(["compat", "corrected"]);
export type CheckMode = z.infer<typeof checkModeSchema>;
export const DEFAULT_CHECK_MODE: CheckMode = "compat";

export const labelSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("tree"),
    tree: compositionSchema,
    mode: checkModeSchema.optional(),
    reward: z
      .enum(REWARD_MODES)
      .optional()
      .describe("How checks become accuracy: 2, -2 or s/n; s/n; -2 to 2 by weight. Absent: as the run's settings have it."),
  }),
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
