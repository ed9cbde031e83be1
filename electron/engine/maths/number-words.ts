// English number words as digits: "twenty five" is 25. Follows the public word-to-number library that the maths toolkit calls,
// including that words which are no numbers are passed over. Owns no other cleaning of answers.

const ONES = "zero one two three four five six seven eight nine".split(" ");
const TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES = ["billion", "million", "thousand"] as const;
const SCALE_VALUES = { billion: 1e9, million: 1e6, thousand: 1e3 } as const;

const VALUES: ReadonlyMap<string, number> = new Map([
  ...ONES.map((word, value) => [word, value] as const),
  ...TEENS.map((word, index) => [word, 10 + index] as const),
  ...TENS.map((word, index) => [word, 20 + 10 * index] as const),
  ["hundred", 100],
  ...SCALES.map((word) => [word, SCALE_VALUES[word]] as const),
]);

/** The number a text spells, as decimal digits, or undefined where it spells none or not one that can be read. */
export function numberFromWords(text: string): string | undefined {
  const plain = text.replaceAll("-", " ").toLowerCase();
  if (/^\d+$/.test(plain)) return BigInt(plain).toString();
  const words = plain
    .trim()
    .split(/\s+/)
    .filter((word) => VALUES.has(word) || word === "point");
  if (words.length === 0 || [...SCALES, "point"].some((word) => words.indexOf(word) !== words.lastIndexOf(word))) return undefined;
  const point = words.indexOf("point");
  const whole = wholeNumber(point < 0 ? words : words.slice(0, point));
  const fraction = point < 0 ? 0 : decimals(words.slice(point + 1));
  return whole === undefined ? undefined : String(whole + fraction);
}

function wholeNumber(words: readonly string[]): number | undefined {
  if (words.length <= 1) return words.length === 0 ? 0 : VALUES.get(words[0] ?? "");
  let total = 0;
  let rest = words;
  let scaled = false;
  for (const scale of SCALES) {
    const at = rest.indexOf(scale);
    if (at < 0) continue;
    const before = rest.slice(0, at);
    const multiplier = before.some((word) => isScale(word)) ? undefined : belowThousand(before);
    if (multiplier === undefined) return undefined;
    total += multiplier * SCALE_VALUES[scale];
    rest = rest.slice(at + 1);
    scaled = true;
  }
  if (scaled && rest.length === 0) return total;
  const remainder = belowThousand(rest);
  return remainder === undefined ? undefined : total + remainder;
}

function isScale(word: string): boolean {
  return word in SCALE_VALUES;
}

/** Up to "three hundred forty two"; of longer runs the first word alone counts. */
function belowThousand(words: readonly string[]): number | undefined {
  const [a, b = 0, c = 0, d = 0] = words.map((word) => VALUES.get(word) ?? 0);
  if (a === undefined) return undefined;
  switch (words.length) {
    case 2:
      return a === 100 || b === 100 ? a * b : a + b;
    case 3:
      return a * b + c;
    case 4:
      return a * b + c + d;
    default:
      return a;
  }
}

/** "five zero" after the point is 0.5; 0 where a word is no digit. */
function decimals(words: readonly string[]): number {
  const digits = words.map((word) => ONES.indexOf(word));
  return digits.length === 0 || digits.includes(-1) ? 0 : Number(`0.${digits.join("")}`);
}
