// One rollout in full: prompt, composition tree with the state of each node, verdicts, the arithmetic of its reward and advantage,
// its siblings, its tokens, and what is known about the weights that spoke.

import type { ConditionNode } from "./instruction.ts";
import type { TraceRow } from "./trace.ts";
import type { Verdict } from "./verdict.ts";

/** pass, fail: decided. inactive: in a branch not taken. blocked: after a failed step. unknown: no verdict stored. */
export type NodeState = "pass" | "fail" | "inactive" | "blocked" | "unknown";

export type TreeNode =
  | {
      readonly type: "rule";
      /** As in the verdicts; questions, maths and custom rules are shown like rules. */
      readonly path: string;
      readonly ruleId: string;
      readonly kwargs: Readonly<Record<string, unknown>>;
      /** What is asked, for a person. */
      readonly text: string;
      readonly state: NodeState;
      readonly got: string | null;
    }
  | { readonly type: "and"; readonly path: string; readonly state: NodeState; readonly children: readonly TreeNode[] }
  | { readonly type: "chain"; readonly path: string; readonly state: NodeState; readonly steps: readonly TreeNode[] }
  | {
      readonly type: "selection";
      readonly path: string;
      readonly state: NodeState;
      readonly branches: readonly TreeBranch[];
      readonly otherwise: { readonly taken: boolean; readonly then: TreeNode } | null;
    };

export interface TreeBranch {
  readonly when: ConditionNode;
  /** The condition, for a person. */
  readonly text: string;
  /** Whether the condition holds on the record's input; null where the record has no input. */
  readonly holds: boolean | null;
  /** What the condition found in the input. */
  readonly got: string | null;
  readonly taken: boolean;
  readonly then: TreeNode;
}

export interface CheckShare {
  readonly path: string;
  /** What was asked, for a person. */
  readonly text: string;
  readonly passed: boolean;
  readonly share: number;
  /** A judge's log p(yes) - log p(no); null for other checks and for judges that cannot tell. */
  readonly margin: number | null;
}

/** How reward and advantage came about, step by step, with the settings that mattered. */
export interface RewardArithmetic {
  readonly format: number;
  readonly accuracy: number;
  /** format + accuracy */
  readonly total: number;
  readonly accuracyRule: string;
  /** What each check that counts contributes to the accuracy, in the order of the tree; empty in what older versions stored. */
  readonly shares: readonly CheckShare[];
  readonly gate: string;
  readonly gateExplanation: string | null;
  /** Taken off for length before the advantage; 0 mostly. */
  readonly overlongPenalty: number;
  /** total - overlongPenalty: what the group's statistics are made of. */
  readonly shaped: number;
  /** Over the samples that count; null where the group was not trained on. */
  readonly groupMean: number | null;
  readonly groupStd: number | null;
  /** Shaped rewards that went into mean and deviation, by sample index. */
  readonly statistics: readonly { readonly sampleIndex: number; readonly shaped: number }[];
  readonly scaling: "group" | "batch" | "none";
  /** (shaped - mean) / deviation, recomputed; null where there is no advantage. */
  readonly recomputedAdvantage: number | null;
  readonly storedAdvantage: number | null;
  /** Why there is none, or why it is what it is, in words. */
  readonly explanation: string;
}

export interface TraceSibling {
  readonly rolloutId: number;
  readonly sampleIndex: number;
  readonly mode: "think" | "empty";
  readonly reward: number;
  readonly accuracyReward: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly checkStates: string;
  readonly advantage: number | null;
  readonly length: number;
  readonly finish: string;
  readonly reasoningStart: string;
}

/** Proven: a stored hash names exactly these weights. */
export interface WeightsProof {
  readonly proven: boolean;
  /** SHA-256 of the weights or of the checkpoint that holds them; null where none is stored. */
  readonly hash: string | null;
  /** In plain words: what proves it, or why it cannot be proven. */
  readonly reason: string;
}

export interface TraceOrigin {
  /** What sampled: weights after this step, 0 for the base model. */
  readonly weightsAfterStep: number;
  readonly weights: WeightsProof;
  readonly baseModel: string;
  readonly baseModelHash: string;
  readonly adapterHash: string | null;
  readonly tokenizerHash: string;
  readonly chatTemplateHash: string;
  readonly samplerHash: string | null;
  readonly sampler: { readonly temperature: number; readonly topP: number; readonly topK: number; readonly maxNewTokens: number } | null;
  readonly seed: number;
  readonly device: string;
  readonly engineVersion: string;
  /** A checkpoint of exactly these weights is stored (or they are the base model's): the text can be made again. */
  readonly canRegenerate: boolean;
}

export interface TraceDetail {
  readonly row: TraceRow;
  readonly runId: number;
  readonly runName: string;
  /** As the model saw it, template and pre-fill included. */
  readonly prompt: string;
  /** The user's turn; the whole prompt where the record is not stored. */
  readonly instruction: string;
  /** What Selection conditions look at. */
  readonly input: string | null;
  readonly datasetId: number | null;
  /** The assistant turn as it is. */
  readonly text: string;
  readonly reasoning: string | null;
  readonly answer: string | null;
  /** Offset of the answer in `text`; spans of verdicts count from there. */
  readonly answerOffset: number;
  readonly formatExplanation: string;
  /** null where the record is not stored or asks for a number. */
  readonly tree: TreeNode | null;
  readonly verdicts: readonly Verdict[];
  readonly expert: { readonly think: string; readonly answer: string } | null;
  readonly arithmetic: RewardArithmetic;
  readonly superiorCot: {
    readonly reason: string;
    readonly margin: number | null;
    readonly kept: boolean;
  } | null;
  readonly siblings: readonly TraceSibling[];
  readonly origin: TraceOrigin;
  readonly annotation: { readonly vote: -1 | 0 | 1; readonly comment: string } | null;
}

/** Per sampled token; arrays have one entry a token, or are null where the run did not store them. */
export interface TraceTokens {
  readonly tokenIds: readonly number[];
  /** Where each token's text lies in `text`: [start, end) in UTF-16 units; null without the model's tokenizer. */
  readonly ranges: readonly (readonly [number, number])[] | null;
  /** The token's own text; special tokens by name. */
  readonly pieces: readonly string[] | null;
  /** Why there are no pieces. */
  readonly piecesMissing: string | null;
  /** Natural logarithms of probabilities: as sampled, under the trainer before the update, under the reference. */
  readonly logProbs: readonly number[];
  readonly trainerLogProbs: readonly number[] | null;
  readonly referenceLogProbs: readonly number[] | null;
  /** Nats. */
  readonly entropies: readonly number[] | null;
  /** k3 estimate against the reference, exp(r - p) - (r - p) - 1, never negative. */
  readonly kl: readonly number[] | null;
  /** exp(trainer - sampler): 1 where trainer and sampler agree. */
  readonly ratio: readonly number[] | null;
}
