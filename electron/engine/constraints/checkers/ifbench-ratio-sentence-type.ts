// IFBench ratio:sentence_type: twice as many sentences end in a full stop as in a question mark. A text with neither passes the public
// checker, and a mark inside closing quotes is not seen; corrected wants both kinds and looks behind closing marks.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { sentencesByEnd } from "../sentence-ends.ts";

export const ifbenchRatioSentenceType: Checker<NoArguments> = {
  id: "ratio:sentence_type",
  kwargs: noArguments,
  conflicts: ["ratio:sentence_balance", "raif:ends_with_mark"],
  describe: () => "two sentences ending in a full stop for each one ending in a question mark",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const { statements, questions } = sentencesByEnd(text, mode);
    const passed = statements.length === 2 * questions.length && (mode === "compat" || questions.length > 0);
    const got = `${statements.length} with a full stop, ${questions.length} with a question mark`;
    return result(passed, this.describe(kwargs), got, places([...statements, ...questions]));
  },
};
