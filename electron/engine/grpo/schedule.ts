// Learning rate as a pure function of the update index, so that a resumed run needs no scheduler state.

export interface ScheduleSettings {
  /** Peak learning rate, reached at the end of the warm-up. */
  readonly learningRate: number;
  readonly schedule: "cosine" | "linear" | "constant";
  /** Final learning rate as a fraction of the peak; the paper decays to 0.1. */
  readonly minLearningRateRatio: number;
  /** Updates with a linearly rising rate; the first update already uses peak / warmupUpdates. */
  readonly warmupUpdates: number;
}

/** Rate of update `update` (0-based) out of `totalUpdates`. Past the end the final rate holds. */
export function learningRateAt(settings: ScheduleSettings, update: number, totalUpdates: number): number {
  const { learningRate, schedule, minLearningRateRatio, warmupUpdates } = settings;
  if (update < warmupUpdates) return (learningRate * (update + 1)) / warmupUpdates;
  if (schedule === "constant") return learningRate;
  const progress = Math.min(1, (update - warmupUpdates) / Math.max(1, totalUpdates - warmupUpdates));
  const decay = schedule === "cosine" ? (1 + Math.cos(Math.PI * progress)) / 2 : 1 - progress;
  return learningRate * (minLearningRateRatio + (1 - minLearningRateRatio) * decay);
}
