// `raif rules`: the rule catalogue.

import { Option, type Command } from "commander";
import type { RuleEntry } from "../../../shared/domain/record-check.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal } from "../terminal.ts";

interface RulesOptions {
  readonly family?: RuleEntry["family"];
  readonly json?: boolean;
}

export function addRules(program: Command, shell: Shell): void {
  program
    .command("rules")
    .description("List the rules that can verify a response.")
    .addOption(new Option("--family <name>", "only the rules of one family").choices(["ifeval", "ifbench", "complexbench", "own"]))
    .option("--json", "print one JSON object a rule: id, family, exampleKwargs, example, kwargsSchema, conflicts")
    .action(async ({ family, json }: RulesOptions) => {
      const { listRules } = await import("../../services/rule-catalogue.ts");
      const terminal = openTerminal(shell, json ?? false);
      const rules = listRules(family);
      for (const rule of rules) terminal.emit({ ...rule });
      const rows = rules.map(({ id, family: name, example, exampleKwargs }) => [id, name, example, Object.keys(exampleKwargs).join(", ")]);
      terminal.print(formatTable(["rule", "family", "for example", "arguments"], rows));
    });
}
