// The calls for whoever writes instructions.

import type { recordsContract } from "../../../shared/contract/records.ts";
import { checkRecord } from "../../services/check-record.ts";
import { listRules } from "../../services/rule-catalogue.ts";
import { suggestRules } from "../../services/suggestions/suggest-rules.ts";
import type { HandlersOf } from "../dispatch.ts";

export const recordsHandlers: HandlersOf<typeof recordsContract> = {
  rules: () => listRules(),
  suggest: ({ text }) => suggestRules(text),
  check: ({ record, answer }) => checkRecord(record, answer),
};
