// IFBench ratio:sentence_balance: equally many sentences end in a full stop, a question mark and an exclamation mark. A text with none
// of them passes the public checker, and a mark inside closing quotes is not seen; corrected wants all three and looks behind quotes.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { sentencesByEnd } from "../sentence-ends.ts";

export const ifbenchRatioSentenceBalance: Checker<NoArguments> = {
  id: "ratio:sentence_balance",
  kwargs: noArguments,
  conflicts: ["ratio:sentence_type", "raif:ends_with_mark"],
  describe: () => "as many statements as questions and as exclamations",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const { statements, questions, exclamations } = sentencesByEnd(text, mode);
    const equal = statements.length === questions.length && questions.length === exclamations.length;
    const passed = equal && (mode === "compat" || questions.length > 0);
    const got = `${statements.length} with a full stop, ${questions.length} with a question mark, ${exclamations.length} with an exclamation mark`;
    return result(passed, this.describe(kwargs), got, places([...statements, ...questions, ...exclamations]));
  },
};
