// Dimensions of graph values: a number, or a symbolic monomial such as "B", "B*T" or "4*B". Canonical: factors sorted, the
// numeric factor first, so two equal products compare equal as strings.

export type Dim = number | string;
export type Shape = readonly Dim[];

interface Monomial {
  readonly factor: number;
  readonly symbols: readonly string[];
}

function parse(dim: Dim): Monomial {
  if (typeof dim === "number") return { factor: dim, symbols: [] };
  let factor = 1;
  const symbols: string[] = [];
  for (const part of dim.split("*")) {
    if (/^\d+$/.test(part)) factor *= Number(part);
    else symbols.push(part);
  }
  return { factor, symbols: symbols.sort() };
}

function format({ factor, symbols }: Monomial): Dim {
  if (symbols.length === 0) return factor;
  const product = symbols.join("*");
  return factor === 1 ? product : `${factor}*${product}`;
}

/** Product of dimensions in canonical form. */
export function product(dims: Shape): Dim {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    const monomial = parse(dim);
    factor *= monomial.factor;
    symbols.push(...monomial.symbols);
  }
  return format({ factor, symbols: symbols.sort() });
}

/** Quotient `a / b` if it is a monomial, else undefined. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  const numerator = parse(a);
  const denominator = parse(b);
  if (denominator.factor === 0 || numerator.factor % denominator.factor !== 0) return undefined;
  const rest = [...numerator.symbols];
  for (const symbol of denominator.symbols) {
    const index = rest.indexOf(symbol);
    if (index < 0) return undefined;
    rest.splice(index, 1);
  }
  return format({ factor: numerator.factor / denominator.factor, symbols: rest });
}

/** Symbols of a dimension with multiplicity, and its numeric factor. */
export function factors(dim: Dim): { factor: number; symbols: readonly string[] } {
  return parse(dim);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** NumPy broadcasting of two shapes; throws naming both shapes when they do not fit. */
export function broadcast(a: Shape, b: Shape): Dim[] {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes ${show(a)} and ${show(b)} do not broadcast`);
    result.push(x === 1 ? y : x);
  }
  return result;
}

export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
