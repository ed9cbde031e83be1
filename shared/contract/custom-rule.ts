// Calls about rules that users write: trying one on samples before it is stored with data.

import { z } from "zod";
import { customRuleSampleSchema, customRuleSourceSchema, type CustomRuleTest } from "../domain/custom-rule.ts";
import { defineCall } from "./call.ts";

export const customRuleContract = {
  /** Code that is no rule is an answer too: `problem` says why and in which line. */
  test: defineCall(z.strictObject({ source: customRuleSourceSchema, samples: z.array(customRuleSampleSchema).max(100) }))<CustomRuleTest>(),
};
