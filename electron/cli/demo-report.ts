// The demonstration's report as text: the table, the differences with their intervals, two examples, where the time went.

import type { Composition, DemoExample, DemoReport, DemoRow, DemoSet, Differences } from "../services/demo.ts";
import { accuracyCell, differenceCell, percent } from "./evaluation-table.ts";
import { formatTable } from "./terminal.ts";

const ROW_NAMES = { io: "I/O", cot: "CoT", "no-think": "no-think" } as const;
const SET_TITLES = { heldout: "Held-out instructions", heldoutOod: "Rule types never trained on" } as const;

export function formatDemoReport(report: DemoReport): string {
  const { settings, rows, differences, phases } = report;
  const steps = settings.training["steps"];
  const parts = [`Accuracy in per cent; base model before, RAIF after ${String(steps)} steps, seed ${report.seed}, greedy decoding`];
  for (const set of ["heldout", "heldoutOod"] as const) {
    parts.push(`${SET_TITLES[set]} (${subsetNote(rows, set)})`, resultTable(rows, set), differenceLines(differences[set]));
  }
  parts.push(
    "request: every check of a request holds (IFEval: prompt level); check: single checks (IFEval: instruction level);\n" +
      "kinds of composition: whole requests; brackets: 95 % percentile bootstrap over records, differences paired",
    exampleText(report),
    phases.map(({ name, durationMs }) => `${name}: ${(durationMs / 1000).toFixed(0)} s`).join(", "),
    `Everything is in the workspace ${report.workspace} (run ${report.runId}): steps, responses, verdicts, weights.\n` +
      `Go on from here: npx raif export --workspace ${report.workspace} --run ${report.runId} --to my-model`,
  );
  return parts.join("\n\n");
}

function subsetNote(rows: readonly DemoRow[], set: DemoSet): string {
  const result = rows[0]?.results[set];
  if (result === undefined) return "";
  const { records } = result.summary;
  if (records === result.datasetRecords) return `all ${records} records`;
  return `only ${records} of ${result.datasetRecords} records, a fixed subset`;
}

function resultTable(rows: readonly DemoRow[], set: DemoSet): string {
  const kinds = Object.keys(rows[0]?.results[set].summary.byComposition ?? {}) as Composition[];
  return formatTable(
    ["", "request", "check", ...kinds, "tokens", "format"],
    rows.map(({ model, method, results }) => {
      const { perInstruction, perCheck, byComposition, meanTokens, formatRate } = results[set].summary;
      return [
        `${model === "base" ? "base" : "RAIF"} ${ROW_NAMES[method]}`,
        accuracyCell(perInstruction),
        accuracyCell(perCheck),
        ...kinds.map((kind) => percent(byComposition[kind]?.perInstruction.estimate ?? NaN)),
        meanTokens.toFixed(0),
        percent(formatRate),
      ];
    }),
  );
}

function differenceLines({ toBaseCot, toBaseNoThink }: { readonly toBaseCot: Differences; readonly toBaseNoThink: Differences }): string {
  const row = (name: string, { perInstruction, perCheck, gained, lost }: Differences): string[] => [
    name,
    differenceCell(perInstruction),
    differenceCell(perCheck),
    `${gained} gained, ${lost} lost`,
  ];
  return formatTable(
    ["difference in points", "request", "check", "requests"],
    [row("RAIF CoT - base CoT", toBaseCot), row("RAIF CoT - base no-think", toBaseNoThink)],
  );
}

function exampleText({ examples, differences }: DemoReport): string {
  const { gained, lost } = differences.heldout.toBaseCot;
  if (examples.length === 0)
    return `No composed request that base CoT failed is right after training (${lost} went the other way), so there is no example to show.`;
  const rule =
    "Examples, chosen by rule and not typical: of the kinds nested, selection, chain, and, single in this order, the first held-out\n" +
    `request each that base CoT fails and RAIF CoT follows (such requests: ${gained}; the other way round: ${lost}).`;
  return [rule, ...examples.map(formatExample)].join("\n\n");
}

function formatExample({ record, composition, before, after }: DemoExample): string {
  const request = record.messages.map(({ content }) => content).join("\n");
  const side = (name: string, item: DemoExample["before"]): string =>
    [`${name}:`, indent(item.text), ...item.judgement.verdicts.filter(({ state }) => state !== "inactive").map(verdictLine)].join("\n");
  return [`--- ${record.id} (${composition})`, indent(request), side("before", before), side("after", after)].join("\n");
}

function verdictLine({ passed, expected, got }: DemoExample["before"]["judgement"]["verdicts"][number]): string {
  return `  ${passed ? "[ok]  " : "[fail]"} ${expected}${passed ? "" : `; ${got}`}`;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
