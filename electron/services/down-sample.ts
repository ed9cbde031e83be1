// Reduces a series to what a chart can show without losing its spikes: of every stretch of points the lowest and the highest stay.

export interface Point {
  readonly step: number;
  readonly value: number | null;
}

/**
 * At most `maxPoints` (>= 4) of the points, in their order; all of them where they fit. First and last always stay; a stretch
 * without any value is represented by one of its gaps.
 */
export function downSample<Kind extends Point>(points: readonly Kind[], maxPoints: number): readonly Kind[] {
  if (points.length <= maxPoints) return points;
  const buckets = Math.floor((maxPoints - 2) / 2);
  const inner = points.length - 2;
  const kept: Kind[] = [points[0]!];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * inner) / buckets);
    const to = 1 + Math.floor(((bucket + 1) * inner) / buckets);
    kept.push(...extremes(points.slice(from, to)));
  }
  kept.push(points[points.length - 1]!);
  return kept;
}

/** Lowest and highest in their order, one where they are the same. */
function extremes<Kind extends Point>(points: readonly Kind[]): readonly Kind[] {
  let low = -1;
  let high = -1;
  for (const [index, { value }] of points.entries()) {
    if (value === null) continue;
    if (low < 0 || value < points[low]!.value!) low = index;
    if (high < 0 || value > points[high]!.value!) high = index;
  }
  if (low < 0) return points.slice(0, 1);
  return [...new Set([low, high].sort((a, b) => a - b))].map((index) => points[index]!);
}
