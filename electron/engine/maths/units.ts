// The words the public maths toolkit takes for units and drops from an answer, grouped by what they measure. Owns no other cleaning.
// Its behaviour is kept with its surprises: a lone letter such as a, g or t counts as a unit, so (a+5) loses its a.

/** A lone letter, a space and any one character: how abbreviations such as "a ." are dropped. */
const ABBREVIATIONS = "q a b c d e f g h".split(" ").map((letter) => `${letter} .`);

const UNITS: readonly string[] = [
  ...ABBREVIATIONS,
  // Whole words for angles, directions and times of day.
  ..."degree deg east west noon am pm".split(" "),
  // Lengths, areas and volumes; the square and cubic forms before the plain ones.
  ...["sq inch", "sq m", "cu cm", "cm 2", "sq . m", "cu . m"],
  ..."mm cm dm km m mt mtr metre meter inches inch ft feet yard mile rd".split(" "),
  ..."sq square cube cubic cc acre hectare are l lt litre liter gal gallon".split(" "),
  // Weights, speeds, time, electricity.
  ..."g gm kg lb mp mph kmh kmph".split(" "),
  ..."s sec second min minute h hr hour day month yr year".split(" "),
  ..."ohm".split(" "),
  // Money and trade.
  ...["rs", "rs .", "rupee", "coin", "profit", "loss", "gain", "mark", "percent"],
  // Amounts and changes of amounts.
  ...["number", "unit", "ratio", "per", "more", "less", "excess", "increase", "decrease", "rise", "no change", "rounds", "pure", "prime"],
  // What word problems count.
  ..."man men woman women soldier apple toy tile pie way".split(" "),
  // Letters and pairs of letters left over from abbreviations.
  ..."a c d o t ab bc by st th s".split(" "),
  "s .",
];

const PATTERNS = [...UNITS, ...UNITS.map((unit) => `${unit}s`)].map((unit) => ({
  // The cheap test first: most answers contain none of these.
  start: unit.slice(0, unit.indexOf(".") < 0 ? undefined : unit.indexOf(".")),
  pattern: new RegExp(`(^|[^\\p{L}\\p{N}_])${unit}($|[^\\p{L}\\p{N}_])`, "gu"),
}));

/** The text without units; a text that is nothing but a unit stays. */
export function withoutUnits(text: string): string {
  let rest = text;
  // Twice, because two units side by side share the character between them.
  for (let pass = 0; pass < 2; pass += 1) {
    for (const { start, pattern } of PATTERNS) {
      if (!rest.includes(start)) continue;
      const shorter = rest.replace(pattern, "$1$2");
      if (shorter !== "") rest = shorter;
    }
  }
  return rest;
}
