// The vertical axis of a chart: how far it reaches and what its ticks say. Knows no canvas.

const MINUS = "\u2212";

/** Decimals after which small numbers are written with a power of ten. */
const MOST_DECIMALS = 3;

/** What stands beside the ticks of an axis: each with the decimals that it needs, small and large ones with a power of ten. "" where no label goes. */
export function tickLabels(ticks: readonly (number | null)[]): readonly string[] {
  return ticks.map((tick) => {
    if (tick === null) return "";
    // Ticks are sums of floating-point steps: 0.30000000000000004 means 0.3.
    const exact = Number(tick.toPrecision(9));
    const decimals = /\.(\d+)$/.exec(String(exact))?.[1]?.length ?? 0;
    const size = Math.abs(exact);
    const small = size !== 0 && size < 0.01 && (decimals > MOST_DECIMALS || String(exact).includes("e"));
    const text = small || size >= 1e6 ? exact.toExponential().replace("e+", "e") : String(exact);
    return text.replaceAll("-", MINUS);
  });
}

/** Lowest and highest value of an axis: a little air around the values, and a range that shows a constant as one. */
export function axisRange(low: number | null, high: number | null): readonly [number, number] {
  if (low === null || high === null) return [0, 1];
  // Nothing and everything are the ends of a share.
  if (low === high) {
    if (low === 0) return [-0.1, 1];
    return low === 1 ? [0, 1.06] : [low - Math.abs(low) * 0.5, high + Math.abs(high) * 0.5];
  }
  const air = (high - low) * 0.06;
  return [low >= 0 && low - air < 0 ? Math.min(0, low) : low - air, high + air];
}
