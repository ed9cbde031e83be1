// The columns of the table of traces: which there are, how wide, what they sort by. What stands in a cell belongs to the page.

import type { TraceColumn } from "../../../shared/domain/trace.ts";
import type { ColumnPlan } from "../../ui/table-columns.ts";

/** One rollout a row. */
export const ROW_COLUMNS: readonly ColumnPlan<TraceColumn>[] = [
  { key: "step", label: "step", width: 48, numeric: true, sort: "step" },
  { key: "group", label: "group", width: 48, numeric: true, hint: "Group and sample within the step" },
  { key: "composition", label: "kind", width: 70, sort: "composition" },
  { key: "mode", label: "mode", width: 62, sort: "mode", hint: "With or without reasoning" },
  { key: "reward", label: "reward", width: 58, numeric: true, sort: "reward" },
  { key: "format", label: "format", width: 54, numeric: true, sort: "format", hidden: true },
  { key: "accuracy", label: "accuracy", width: 64, numeric: true, sort: "accuracy", hidden: true },
  {
    key: "checks",
    label: "checks",
    width: 84,
    sort: "checks",
    hint: "In the order of the tree: square holds, cross fails, hollow is in a branch not taken",
  },
  { key: "advantage", label: "adv.", width: 58, numeric: true, sort: "advantage", hint: "How much better than its group" },
  { key: "length", label: "tokens", width: 56, numeric: true, sort: "length" },
  { key: "kept", label: "kept", width: 78, sort: "kept" },
  { key: "depth", label: "depth", width: 54, sort: "depth" },
  {
    key: "overlap",
    label: "repeats",
    width: 60,
    numeric: true,
    sort: "overlap",
    hint: "Share of the reasoning that repeats the prompt",
    hidden: true,
  },
  { key: "named", label: "names", width: 52, numeric: true, sort: "named", hint: "Constraints the reasoning speaks of", hidden: true },
  {
    key: "checked",
    label: "checks on",
    width: 62,
    numeric: true,
    sort: "checked",
    hint: "Statements that test the draft against a constraint",
    hidden: true,
  },
  { key: "revised", label: "revises", width: 56, numeric: true, sort: "revised", hidden: true },
  { key: "record", label: "prompt", width: 110, sort: "record", hidden: true },
  { key: "text", label: "reasoning, answer", width: 150, grows: true },
];
/** Rollouts put together by prompt. */
export const GROUP_COLUMNS: readonly ColumnPlan<TraceColumn>[] = [
  { key: "step", label: "step", width: 76, numeric: true },
  { key: "composition", label: "kind", width: 74 },
  { key: "matching", label: "rollouts", width: 70, numeric: true, hint: "That pass the filter, of all" },
  { key: "mean", label: "reward", width: 64, numeric: true },
  { key: "spread", label: "spread", width: 60, numeric: true },
  { key: "range", label: "least, most", width: 96, numeric: true },
  { key: "passes", label: "pass all", width: 62, numeric: true },
  { key: "kept", label: "kept", width: 170 },
  { key: "text", label: "prompt", width: 240, grows: true },
];
