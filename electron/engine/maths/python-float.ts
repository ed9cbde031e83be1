// Numbers as Python's float() reads them. Owns no other spelling.

const NUMBER = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;
const WORDS = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** The number, infinities and NaN included, or undefined where float() raises. */
export function pythonFloat(text: string): number | undefined {
  const plain = text.trim();
  if (NUMBER.test(plain)) return Number(plain.replaceAll("_", ""));
  const word = WORDS.exec(plain);
  if (word === null) return undefined;
  if (word[2] === undefined) return Number.NaN;
  return word[1] === "-" ? -Infinity : Infinity;
}
