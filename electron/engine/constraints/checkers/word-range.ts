// raif:word_range: from so many to so many words, as a person or a dictionary counts them, in any script.

import { rangeRule } from "../range-rule.ts";
import { readableWords } from "../readable-text.ts";

export const wordRange = rangeRule({ id: "raif:word_range", unit: "word", of: "words", plausible: [20, 400], count: readableWords });
