// IFEval's two readings of a verdict (arXiv 2311.07911, section 2.2): strict takes the response as it is; loose passes if any of
// eight forms of it does: as it is, without the first line, the last line or both, and each of these without asterisks.

import type { CheckMode } from "../../../shared/domain/instruction.ts";
import type { CheckResult } from "../../../shared/domain/verdict.ts";
import type { Checker } from "./registry.ts";
import { isBlank, strip } from "./text.ts";

export interface StrictAndLoose {
  /** A blank response follows nothing. */
  readonly strict: boolean;
  readonly loose: boolean;
  /** What was found in the response as it is. */
  readonly result: CheckResult;
}

/** `kwargs` are parsed ones. */
export function checkStrictAndLoose(checker: Checker, response: string, kwargs: unknown, mode: CheckMode): StrictAndLoose {
  const result = checker.check(response, kwargs, mode);
  const strict = result.passed && !isBlank(response);
  const loose = strict || otherForms(response).some((form) => !isBlank(form) && checker.check(form, kwargs, mode).passed);
  return { strict, loose, result };
}

/** The forms of a response beside itself, each once. */
function otherForms(response: string): string[] {
  const lines = response.split("\n");
  const shorter = [lines.slice(1), lines.slice(0, -1), lines.slice(1, -1)].map((kept) => strip(kept.join("\n")));
  const forms = new Set([response, ...shorter].flatMap((form) => [form, form.replaceAll("*", "")]));
  forms.delete(response);
  return [...forms];
}
