// Numbers as people and LaTeX write them, read as exact rationals. Owns no comparison of other expressions.

export interface Rational {
  readonly numerator: bigint;
  /** Positive. */
  readonly denominator: bigint;
}

const MAX_EXPONENT = 400;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const FRACTION_COMMAND = /^([+-]?)(\d+)?\\frac\{([^{}]+)\}\{([^{}]+)\}$/;

/** Reads a normalised text (no white space or dollar signs): 12, -1.5, 1e3, 3/4, \frac{3}{4}, 1\frac{1}{2}, 1,234. */
export function parseRational(text: string): Rational | undefined {
  const command = FRACTION_COMMAND.exec(text);
  if (command !== null) {
    const [, sign = "", whole = "0", top = "", bottom = ""] = command;
    const value = divide(parseRational(top), parseRational(bottom));
    const mixed = value === undefined ? undefined : add({ numerator: BigInt(whole), denominator: 1n }, value);
    return mixed === undefined ? undefined : sign === "-" ? negate(mixed) : mixed;
  }
  const slash = text.indexOf("/");
  if (slash > 0) return divide(parseDecimal(unwrap(text.slice(0, slash))), parseDecimal(unwrap(text.slice(slash + 1))));
  return parseDecimal(text);
}

/** Same value; both are compared without reducing. */
export function equalRationals(a: Rational, b: Rational): boolean {
  return a.numerator * b.denominator === b.numerator * a.denominator;
}

/** Quotient, or undefined where a side is missing or the divisor is zero. */
export function divide(a: Rational | undefined, b: Rational | undefined): Rational | undefined {
  if (a === undefined || b === undefined || b.numerator === 0n) return undefined;
  const sign = b.numerator < 0n ? -1n : 1n;
  return { numerator: sign * a.numerator * b.denominator, denominator: sign * a.denominator * b.numerator };
}

function parseDecimal(text: string): Rational | undefined {
  const plain = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(text) ? text.replaceAll(",", "") : text;
  const match = DECIMAL.exec(plain);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText);
  if (whole + fraction === "" || Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const scale = exponent - fraction.length;
  return scale >= 0
    ? { numerator: digits * 10n ** BigInt(scale), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-scale) };
}

function unwrap(text: string): string {
  return text.replace(/^\((.*)\)$/, "$1");
}

function add(a: Rational, b: Rational): Rational {
  return { numerator: a.numerator * b.denominator + b.numerator * a.denominator, denominator: a.denominator * b.denominator };
}

function negate(value: Rational): Rational {
  return { numerator: -value.numerator, denominator: value.denominator };
}
