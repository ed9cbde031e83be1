// Equality of two LaTeX expressions, read and evaluated by the Compute Engine: its own judgement first, then the values of both at fixed
// points, which tell identities such as (x-1)(x+1) = x^2-1 apart from look-alikes. Runs in a thread, see algebra.ts.

import { ComputeEngine, isFunction, type Expression, type MathJsonExpression } from "@cortex-js/compute-engine";
import type { AlgebraMode, AlgebraQuestion } from "./algebra.ts";

/** Relative difference of two values that still are the same number. */
const ROUNDING = 1e-9;
/** What the public grader allows two constants to differ. */
const TOLERANCE = 1e-4;
const MIN_POINTS = 3;
/** Values of the first unknown; further ones follow from them. Both signs, fractions, and whole numbers for factorials. */
const POINTS = [0.6180339887, 2.7320508076, 1.1447298858, -0.4142135624, -1.7724538509, 3, 7];
/** Letters that name functions where brackets follow; any other letter is multiplied with what the brackets hold. */
const FUNCTION_LETTERS = "fghFGH";
const CONSTANTS = new Set(["Pi", "ExponentialE", "ImaginaryUnit", "e", "i"]);
/** What has a number as its value. Of anything else (sets, vectors, angles of a triangle) values at points say nothing. */
const SCALAR = new Set(
  (
    "Add Subtract Negate Multiply Divide Rational Complex Power Root Sqrt Square Exp Ln Log Lb Lg Abs Floor Ceil Round Factorial Binomial " +
    "Choose Mod GCD LCM Max Min Degrees Delimiter InvisibleOperator Sum Product Limits Integrate Equal Sin Cos Tan Cot Sec Csc Arcsin Arccos " +
    "Arctan Arccot Sinh Cosh Tanh Gamma"
  ).split(" "),
);

const engine = new ComputeEngine();
engine.precision = "machine";

/** False too where one of the two cannot be read. Never throws. */
export function sameExpression({ a, b, mode }: AlgebraQuestion): boolean {
  try {
    const [x, y] = [read(a, mode), read(b, mode)];
    if (!x.isValid || !y.isValid) return false;
    return x.operator === "Equal" && y.operator === "Equal" ? sameEquation(x, y, mode) : sameValue(x, y, mode);
  } catch {
    return false;
  }
}

function read(latex: string, mode: AlgebraMode): Expression {
  const plain = latex
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/\*\*(\w+)/g, "^{$1}")
    .replaceAll("\\\\", "\\");
  return engine.expr(meant(engine.parse(plain, { form: "raw" }).json, mode));
}

/** The expression as the mode understands it. */
function meant(expression: MathJsonExpression, mode: AlgebraMode): MathJsonExpression {
  if (typeof expression === "string") return mode === "tolerant" && CONSTANTS.has(expression) ? `name_of_${expression}` : expression;
  if (!isList(expression)) return expression;
  const [operator, ...operands] = expression;
  const [head, next] = operands;
  const product =
    mode === "exact" &&
    operator === "InvisibleOperator" &&
    typeof head === "string" &&
    /^[a-zA-Z]$/.test(head) &&
    !FUNCTION_LETTERS.includes(head) &&
    next !== undefined &&
    isList(next) &&
    next[0] === "Delimiter";
  return [product ? "Multiply" : operator, ...operands.map((operand) => meant(operand, mode))];
}

function isList(expression: MathJsonExpression): expression is readonly [string, ...MathJsonExpression[]] {
  return Array.isArray(expression);
}

function isScalar(expression: MathJsonExpression): boolean {
  if (!isList(expression)) return typeof expression === "number" || typeof expression === "string" || "num" in expression;
  const [operator, ...operands] = expression;
  return SCALAR.has(operator) && operands.every(isScalar);
}

/** Left minus right of both, up to the sign; exactly, up to any constant factor. */
function sameEquation(x: Expression, y: Expression, mode: AlgebraMode): boolean {
  const [f, g] = [sides(x), sides(y)];
  if (sameValue(f, g, mode) || sameValue(f.neg(), g, mode)) return true;
  if (mode === "tolerant") return false;
  const ratio = f.div(g);
  const [first, ...rest] = valuesAtPoints(ratio, [...ratio.unknowns].sort()).filter(isFinitePair);
  return (
    first !== undefined && rest.length + 1 >= MIN_POINTS && Math.hypot(...first) > 0 && rest.every((value) => close(first, value, ROUNDING))
  );
}

function sides(equation: Expression): Expression {
  if (!isFunction(equation)) return equation;
  const [left, right] = equation.ops;
  return left !== undefined && right !== undefined ? left.sub(right) : equation;
}

function sameValue(x: Expression, y: Expression, mode: AlgebraMode): boolean {
  if (x.isSame(y)) return true;
  if (!isScalar(x.json) || !isScalar(y.json)) return false;
  if (x.isEqual(y) === true) return true;
  const unknowns = [...new Set([...x.unknowns, ...y.unknowns])].sort();
  if (unknowns.length === 0) {
    const [left, right] = [valueOf(x), valueOf(y)];
    const real = left[1] === 0 && right[1] === 0;
    return isFinitePair(left) && isFinitePair(right) && close(left, right, mode === "tolerant" && real ? TOLERANCE : ROUNDING);
  }
  const rights = valuesAtPoints(y, unknowns);
  const pairs = valuesAtPoints(x, unknowns).flatMap((left, index) => {
    const right = rights[index];
    return right !== undefined && isFinitePair(left) && isFinitePair(right) ? [{ left, right }] : [];
  });
  return pairs.length >= MIN_POINTS && pairs.every(({ left, right }) => close(left, right, ROUNDING));
}

/** Real and imaginary part. */
type Value = readonly [number, number];

function valuesAtPoints(expression: Expression, unknowns: readonly string[]): Value[] {
  return POINTS.map((point) => {
    const values = unknowns.map((name, index) => [name, Number.isInteger(point) ? point + index : point * (1 + 0.3819660113 * index)]);
    return valueOf(expression.subs(Object.fromEntries(values) as Record<string, number>));
  });
}

function valueOf(expression: Expression): Value {
  const value = expression.N();
  return [value.re, value.im];
}

function isFinitePair([re, im]: Value): boolean {
  return Number.isFinite(re) && Number.isFinite(im);
}

function close(a: Value, b: Value, tolerance: number): boolean {
  return (
    Math.hypot(a[0] - b[0], a[1] - b[1]) <= tolerance * Math.max(Math.hypot(...a), Math.hypot(...b), tolerance === ROUNDING ? 1e-3 : 0)
  );
}
