// The token heat-map's scales: what each measure means, how a value becomes one of nine steps of colour, and what the legend says.
// A scale is fixed for a measure where a fixed one means something, so that two traces can be compared by eye.

export type TokenMeasure = "logProb" | "entropy" | "kl" | "ratio";

export interface MeasureScale {
  readonly measure: TokenMeasure;
  readonly label: string;
  /** One sentence for a person who hovers. */
  readonly meaning: string;
  readonly unit: string;
  /** "one-sided": from calm to hot. "two-sided": from cold over neutral to hot. */
  readonly type: "one-sided" | "two-sided";
  /** Value at the calm (or cold) end, at the neutral middle of a two-sided scale, and at the hot end. */
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Steps of colour; the middle one (4) is neutral on a two-sided scale. */
export const COLOUR_STEPS = 9;

export const MEASURES: readonly MeasureScale[] = [
  {
    measure: "logProb",
    label: "log-prob",
    meaning: "How likely the sampler found the token it drew; 0 is certain, lower is more surprising.",
    unit: "nats",
    type: "one-sided",
    low: 0,
    middle: -2.5,
    high: -5,
  },
  {
    measure: "entropy",
    label: "entropy",
    meaning: "How undecided the model was before this token; 0 is certain.",
    unit: "nats",
    type: "one-sided",
    low: 0,
    middle: 1.5,
    high: 3,
  },
  {
    measure: "kl",
    label: "KL",
    meaning: "How far the trained model has moved from the reference at this token (estimator k3); 0 is not at all.",
    unit: "nats",
    type: "one-sided",
    low: 0,
    middle: 0.25,
    high: 0.5,
  },
  {
    measure: "ratio",
    label: "ratio",
    meaning:
      "Probability under the trainer's weights divided by that under the sampler's; 1 is agreement, and clipping starts near 0.8 and 1.2.",
    unit: "",
    type: "two-sided",
    low: 0.8,
    middle: 1,
    high: 1.2,
  },
];

export function scaleOf(measure: TokenMeasure): MeasureScale {
  return MEASURES.find((scale) => scale.measure === measure)!;
}

/** Step of colour 0..8 of a value, values beyond the ends at the ends; undefined where there is no value. */
export function colourStep(scale: MeasureScale, value: number | null | undefined): number | undefined {
  if (value === null || value === undefined || Number.isNaN(value)) return undefined;
  const share =
    scale.type === "one-sided"
      ? (value - scale.low) / (scale.high - scale.low)
      : value < scale.middle
        ? (0.5 * (value - scale.low)) / (scale.middle - scale.low)
        : 0.5 + (0.5 * (value - scale.middle)) / (scale.high - scale.middle);
  return Math.round(Math.min(1, Math.max(0, share)) * (COLOUR_STEPS - 1));
}

export interface LegendStep {
  readonly step: number;
  /** Value at the middle of the step. */
  readonly value: number;
  readonly text: string;
}

/** One entry a step of colour, the ends named as "or less" and "or more". */
export function legend(scale: MeasureScale): LegendStep[] {
  return Array.from({ length: COLOUR_STEPS }, (_, step) => {
    const share = step / (COLOUR_STEPS - 1);
    const value =
      scale.type === "one-sided"
        ? scale.low + share * (scale.high - scale.low)
        : share < 0.5
          ? scale.low + 2 * share * (scale.middle - scale.low)
          : scale.middle + 2 * (share - 0.5) * (scale.high - scale.middle);
    return { step, value, text: legendText(scale, step, value) };
  });
}

function legendText(scale: MeasureScale, step: number, value: number): string {
  const number = formatMeasure(value);
  const downwards = scale.high < scale.low;
  if (step === COLOUR_STEPS - 1) return `${number} or ${downwards ? "less" : "more"}`;
  return step === 0 && scale.type === "two-sided" ? `${number} or less` : number;
}

/** Enough digits to tell neighbours apart, no more; a real minus sign. */
export function formatMeasure(value: number): string {
  if (Number.isNaN(value)) return "not a number";
  const size = Math.abs(value);
  const text = size !== 0 && size < 0.0005 ? value.toExponential(1) : value.toFixed(size >= 10 ? 1 : size < 0.1 && size !== 0 ? 3 : 2);
  return text.replaceAll("-", "\u2212");
}
