// The calls about rules that users write.

import type { customRuleContract } from "../../../shared/contract/custom-rule.ts";
import { testRuleAside } from "../../services/custom-rule-test.ts";
import type { HandlersOf } from "../dispatch.ts";

export const customRuleHandlers: HandlersOf<typeof customRuleContract> = {
  test: (request) => testRuleAside(request),
};
