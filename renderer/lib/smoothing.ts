// Exponential smoothing of a metric's curve, corrected for its start, as training dashboards show it.

/**
 * Debiased exponential moving average: weight 0 gives the values back, weights towards 1 smooth more. Steps without a value stay
 * without one and do not move the average.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let average = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    seen += 1;
    return average / (1 - weight ** seen);
  });
}
