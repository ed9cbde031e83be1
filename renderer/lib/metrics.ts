// What each number of a step means, in one sentence, and which of them share a chart on a run's page. The help page "metrics" says
// more. Names are those the engine stores.

export interface MetricDefinition {
  readonly name: string;
  readonly label: string;
  /** One sentence for a person who hovers. */
  readonly meaning: string;
  readonly unit: "" | "share" | "tokens" | "nats" | "ms" | "tokens/s";
}

const DEFINITIONS: readonly MetricDefinition[] = [
  { name: "reward", label: "total", meaning: "Mean reward of responses with reasoning: format plus accuracy, -3 to 3.", unit: "" },
  { name: "rewards/format/mean", label: "format", meaning: "Mean format reward: 1 for the two blocks in order, else -1.", unit: "" },
  {
    name: "rewards/accuracy/mean",
    label: "accuracy",
    meaning: "Mean accuracy reward: 2 when all checks hold, -2 when none does, else their share.",
    unit: "",
  },
  {
    name: "reward_std",
    label: "spread in groups",
    meaning: "Mean deviation of rewards within a group; without spread nothing is learned.",
    unit: "",
  },
  {
    name: "frac_reward_zero_std",
    label: "groups without spread",
    meaning: "Share of groups whose responses all have the same reward.",
    unit: "share",
  },
  {
    name: "accuracy/think",
    label: "with reasoning",
    meaning: "Share of responses with reasoning that satisfy every check.",
    unit: "share",
  },
  {
    name: "accuracy/empty",
    label: "without reasoning",
    meaning: "The same for responses whose think block was forced empty.",
    unit: "share",
  },
  { name: "accuracy/math", label: "maths", meaning: "Share of maths problems solved.", unit: "share" },
  {
    name: "checks/think",
    label: "checks, with reasoning",
    meaning: "Share of single checks that hold in responses with reasoning.",
    unit: "share",
  },
  {
    name: "checks/empty",
    label: "checks, without",
    meaning: "Share of single checks that hold in responses without reasoning.",
    unit: "share",
  },
  { name: "keep_ratio", label: "kept", meaning: "Share of responses whose group passed the filters and was trained on.", unit: "share" },
  {
    name: "dropped/reasoning-does-not-pay",
    label: "reasoning does not pay",
    meaning: "Groups whose best response with reasoning is worse than the worst one without.",
    unit: "",
  },
  { name: "dropped/zero-variance", label: "no spread", meaning: "Groups left out because all rewards are equal.", unit: "" },
  { name: "dropped/surplus", label: "surplus", meaning: "Groups sampled beyond what the step needed.", unit: "" },
  {
    name: "superior_cot/margin",
    label: "margin",
    meaning: "Best accuracy with reasoning minus worst without, mean over compared groups.",
    unit: "",
  },
  { name: "kl", label: "KL to the base", meaning: "How far the policy has moved from the initial model, per token (k3).", unit: "nats" },
  {
    name: "entropy",
    label: "entropy",
    meaning: "How undecided the policy is per token; falling to 0 means it has stopped exploring.",
    unit: "nats",
  },
  {
    name: "loss",
    label: "total",
    meaning: "What is minimised. Near 0 is normal: the policy part is 0 at the start of every update.",
    unit: "",
  },
  {
    name: "loss/policy",
    label: "policy",
    meaning: "The policy-gradient part of the loss; its value says little, its gradient teaches.",
    unit: "",
  },
  { name: "loss/kl", label: "KL", meaning: "The part that holds the policy near the initial model.", unit: "" },
  { name: "loss/cloning", label: "cloning", meaning: "Negative log-likelihood of the expert demonstrations; should fall.", unit: "nats" },
  { name: "completions/mean_length", label: "mean", meaning: "Mean length of responses with reasoning.", unit: "tokens" },
  { name: "completions/max_length", label: "longest", meaning: "Longest response with reasoning.", unit: "tokens" },
  { name: "completions/clipped_ratio", label: "cut off", meaning: "Share of responses that reached the length limit.", unit: "share" },
  {
    name: "clip_ratio/low_mean",
    label: "clipped below",
    meaning: "Share of tokens whose ratio fell under 1 - epsilon with a negative advantage.",
    unit: "share",
  },
  {
    name: "clip_ratio/high_mean",
    label: "clipped above",
    meaning: "Share of tokens whose ratio rose over 1 + epsilon with a positive advantage.",
    unit: "share",
  },
  { name: "grad_norm", label: "gradient norm", meaning: "Length of the whole gradient before clipping.", unit: "" },
  { name: "learning_rate", label: "learning rate", meaning: "Rate of the step's last update.", unit: "" },
  {
    name: "sampler_mismatch/mean",
    label: "sampler mismatch",
    meaning: "Mean difference of log-probabilities between sampler and trainer; should be nearly 0.",
    unit: "nats",
  },
  { name: "update/tokens", label: "tokens trained", meaning: "Tokens that went through the update.", unit: "tokens" },
  { name: "rollout/tokens", label: "tokens sampled", meaning: "Tokens sampled in the rollout.", unit: "tokens" },
  { name: "time/rollout", label: "rollout", meaning: "Time to sample the step's responses.", unit: "ms" },
  { name: "time/reward", label: "reward", meaning: "Time to check them.", unit: "ms" },
  { name: "time/reference", label: "reference", meaning: "Time for the initial model's log-probabilities.", unit: "ms" },
  { name: "time/update", label: "update", meaning: "Time for gradients and optimiser.", unit: "ms" },
  { name: "time/save", label: "save", meaning: "Time to store step and checkpoint.", unit: "ms" },
  { name: "time/step", label: "whole step", meaning: "Time of the whole step.", unit: "ms" },
];

const BY_NAME = new Map(DEFINITIONS.map((definition) => [definition.name, definition]));

/** A metric nobody has described keeps its stored name. */
export function metricDefinition(name: string): MetricDefinition {
  return (
    BY_NAME.get(name) ?? {
      name,
      label: name.replace(/^time\//, ""),
      meaning: `Stored as ${name}.`,
      unit: name.startsWith("time/") ? "ms" : "",
    }
  );
}

export interface ChartPlan {
  readonly id: string;
  readonly title: string;
  readonly names: readonly string[];
}

/** The charts of a run, in reading order: what one looks at first stands first. */
export const RUN_CHARTS: readonly ChartPlan[] = [
  { id: "reward", title: "Reward", names: ["reward", "rewards/format/mean", "rewards/accuracy/mean"] },
  { id: "accuracy", title: "Accuracy", names: ["accuracy/think", "accuracy/empty", "accuracy/math"] },
  { id: "kept", title: "Kept and dropped", names: ["keep_ratio", "frac_reward_zero_std"] },
  {
    id: "dropped",
    title: "Groups dropped, by reason",
    names: ["dropped/reasoning-does-not-pay", "dropped/zero-variance", "dropped/surplus"],
  },
  { id: "spread", title: "Reward spread", names: ["reward_std", "superior_cot/margin"] },
  { id: "checks", title: "Single checks", names: ["checks/think", "checks/empty"] },
  { id: "kl", title: "KL to the base", names: ["kl"] },
  { id: "entropy", title: "Entropy", names: ["entropy"] },
  { id: "length", title: "Length", names: ["completions/mean_length", "completions/max_length"] },
  { id: "cut", title: "Cut off and clipped", names: ["completions/clipped_ratio", "clip_ratio/low_mean", "clip_ratio/high_mean"] },
  { id: "cloning", title: "Cloning loss", names: ["loss/cloning"] },
  { id: "loss", title: "Loss", names: ["loss", "loss/policy", "loss/kl"] },
  { id: "gradient", title: "Gradient norm", names: ["grad_norm"] },
  { id: "rate", title: "Learning rate", names: ["learning_rate"] },
  {
    id: "time",
    title: "Time of a step, ms",
    names: ["time/rollout", "time/update", "time/reference", "time/reward", "time/save", "time/step"],
  },
  { id: "tokens", title: "Tokens of a step", names: ["rollout/tokens", "update/tokens"] },
  { id: "mismatch", title: "Sampler and trainer", names: ["sampler_mismatch/mean"] },
];
