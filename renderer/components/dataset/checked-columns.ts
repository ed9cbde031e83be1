// The columns of the table of checked answers.

import type { TableColumn } from "../../ui/table-columns.ts";

export const CHECKED_COLUMNS: readonly TableColumn[] = [
  { key: "chosen", label: "", width: 22, chooses: true },
  { key: "outcome", label: "", width: 14 },
  { key: "id", label: "row", width: 130 },
  { key: "hold", label: "hold", width: 54, numeric: true, hint: "Checks that hold, of all that count" },
  { key: "differs", label: "readings", width: 70, hint: "The two readings of the rules disagree about the answer" },
  { key: "why", label: "what does not hold, or is read in two ways", width: 160, grows: true },
];
