// Selects the heaviest tokens of a distribution in expected linear time: quickselect by count (top-k) or by mass (top-p). The
// answer is a threshold and how many tokens equal to it belong in, so that ties go to the lowest ids whatever the order here.

export interface HeaviestTokens {
  /** Smallest weight that is kept. */
  readonly threshold: number;
  /** How many tokens with exactly that weight are kept. */
  readonly ties: number;
  /** Sum of all kept weights. */
  readonly mass: number;
}

/** The `count` heaviest of weights[0 .. size), which it moves to the front (in no order). 1 <= count <= size. */
export function heaviestByCount(weights: Float64Array, size: number, count: number): HeaviestTokens {
  return select(weights, size, count, Infinity);
}

/** The fewest heaviest of weights[0 .. size) whose sum reaches `mass`; at least one. Reorders the array. */
export function heaviestByMass(weights: Float64Array, size: number, mass: number): HeaviestTokens {
  return select(weights, size, size, mass);
}

function select(weights: Float64Array, size: number, maxCount: number, targetMass: number): HeaviestTokens {
  let low = 0;
  let high = size;
  let mass = 0;
  for (;;) {
    const pivot = median(weights[low] as number, weights[(low + high) >>> 1] as number, weights[high - 1] as number);
    // Three-way partition of [low, high): above the pivot in [low, above), equal in [above, below), below in [below, high).
    let above = low;
    let below = high;
    let aboveMass = 0;
    for (let index = low; index < below;) {
      const weight = weights[index] as number;
      if (weight > pivot) {
        aboveMass += weight;
        weights[index++] = weights[above] as number;
        weights[above++] = weight;
      } else if (weight < pivot) {
        weights[index] = weights[--below] as number;
        weights[below] = weight;
      } else index++;
    }
    if (above > low && (above >= maxCount || mass + aboveMass >= targetMass)) {
      high = above;
      continue;
    }
    mass += aboveMass;
    const needed = pivot > 0 ? Math.ceil((targetMass - mass) / pivot) : Infinity;
    const ties = Math.min(below - above, maxCount - above, Math.max(1, needed));
    mass += ties * pivot;
    if (above + ties >= maxCount || mass >= targetMass || below >= high) return { threshold: pivot, ties, mass };
    low = below;
  }
}

function median(a: number, b: number, c: number): number {
  return a > b ? (b > c ? b : a > c ? c : a) : a > c ? a : b > c ? c : b;
}
