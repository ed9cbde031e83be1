// Group-relative advantages (GRPO) and the soft penalty for overlong responses (DAPO). Which samples count towards the
// statistics and which groups are trained on is decided elsewhere.

export interface AdvantageGroup {
  /** Rewards of the samples that need an advantage. */
  readonly rewards: readonly number[];
  /** Rewards the mean and deviation are taken over; usually the same list. */
  readonly statistics: readonly number[];
}

const STD_GUARD = 1e-9;

/**
 * (R - mean) / (std + 1e-9) with the unbiased deviation, one advantage a sample. Exactly 0 for every sample of a group whose
 * statistics are all equal. `batch` divides by the deviation over all groups' statistics, `none` does not divide.
 */
export function computeAdvantages(groups: readonly AdvantageGroup[], scaling: "group" | "batch" | "none"): number[][] {
  const batchDeviation = scaling === "batch" ? unbiasedDeviation(groups.flatMap((group) => group.statistics)) : 0;
  return groups.map(({ rewards, statistics }) => {
    if (allEqual([...statistics, ...rewards])) return rewards.map(() => 0);
    const center = mean(statistics);
    const divisor = scaling === "none" ? 1 : (scaling === "batch" ? batchDeviation : unbiasedDeviation(statistics)) + STD_GUARD;
    return rewards.map((reward) => (reward - center) / divisor);
  });
}

/** Penalty (>= 0) to take from the reward of a response of `length` tokens; grows linearly over the buffer, full when cut. */
export function overlongPenalty(
  length: number,
  truncated: boolean,
  settings: { readonly maxNewTokens: number; readonly overlongBufferTokens: number; readonly overlongPenalty: number },
): number {
  if (truncated) return settings.overlongPenalty;
  const excess = length - (settings.maxNewTokens - settings.overlongBufferTokens);
  return excess <= 0 ? 0 : (settings.overlongPenalty * excess) / settings.overlongBufferTokens;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Square root of the unbiased variance (n - 1); 0 for fewer than two values. */
export function unbiasedDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

export function allEqual(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
