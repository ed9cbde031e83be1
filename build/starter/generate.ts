// Writes the shipped starter dataset: resources/starter/{train,heldout,heldout-ood}.jsonl and README.md. Deterministic bytes.
// Run: node build/starter/generate.ts

import { mkdirSync, writeFileSync } from "node:fs";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { jsonLines, makeSet, SEED, SETS } from "./sets.ts";

function countTable(records: readonly InstructionRecord[]): string {
  const counts = new Map<string, number>();
  for (const { tags } of records) {
    const key = `${String(tags["composition"])} | ${String(tags["depth"])}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].map(([key, count]) => `| ${key} | ${count} |`);
  return ["| composition | depth | records |", "|---|---|---|", ...rows].join("\n");
}

function readme(sets: readonly { readonly name: string; readonly records: readonly InstructionRecord[] }[]): string {
  const sections = sets.map(({ name, records }) => `## ${name}.jsonl: ${records.length} records\n\n${countTable(records)}`);
  return `# Starter dataset

Complex instructions over a closed lexicon of a few hundred common words, small enough for the shipped nano model to learn from.
Made by \`node build/starter/generate.ts\` with seed ${SEED}; the same code gives the same bytes. Licence: as the project.

Each line is one JSON record: \`id\`; \`messages\` (one user turn); \`input\`, the text that the conditions of a Selection look at;
\`label\`, either \`{"type": "tree", "tree": ...}\`, a composition (And, Chain, Selection) of checkable rules, or
\`{"type": "math", "answer": ...}\`; \`expert\`, a demonstration (\`think\` and \`answer\`) that passes every check, on each
instruction of the training set; \`tags\` with composition, depth (a rule is 0), number of active checks and source.

Training and held-out sets share no instruction, no input text, no sum and no combination of rules with their arguments; the
border is a hash, so the pre-training corpus keeps to the training side as well. \`heldout-ood.jsonl\` has in every record at
least one rule type that no training record has: postscript, quotation, numbered list, letter frequency, separator.

${sections.join("\n\n")}
`;
}

const folder = new URL("../../resources/starter/", import.meta.url);
mkdirSync(folder, { recursive: true });
const sets = SETS.map((plan) => ({ name: plan.name, records: makeSet(plan) }));
for (const { name, records } of sets) {
  writeFileSync(new URL(`${name}.jsonl`, folder), jsonLines(records));
}
writeFileSync(new URL("README.md", folder), readme(sets));
process.stdout.write(`${sets.map(({ name, records }) => `${name}: ${records.length}`).join(", ")}\n`);
