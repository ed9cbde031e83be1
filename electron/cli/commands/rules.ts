// `raif rules`: the rule catalogue, and which of its rules an instruction asks for.

import { Option, type Command } from "commander";
import { RULE_FAMILIES, type RuleEntry } from "../../../shared/domain/record-check.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Terminal } from "../terminal.ts";

interface RulesOptions {
  readonly family?: RuleEntry["family"];
  readonly suggest?: string;
  readonly json?: boolean;
}

export function addRules(program: Command, shell: Shell): void {
  program
    .command("rules")
    .description("List the rules that can verify a response.")
    .addOption(new Option("--family <name>", "only the rules of one family").choices(RULE_FAMILIES))
    .addOption(new Option("--suggest <text>", "the rules that an instruction seems to ask for, instead of the list").conflicts("family"))
    .option(
      "--json",
      "print one JSON object a rule: id, family, exampleKwargs, example, kwargsSchema, conflicts; or rule, start, end, expected",
    )
    .action(async ({ family, suggest, json }: RulesOptions) => {
      if (suggest !== undefined) return printSuggestions(suggest, openTerminal(shell, json ?? false));
      const { listRules } = await import("../../services/rule-catalogue.ts");
      const terminal = openTerminal(shell, json ?? false);
      const rules = listRules(family);
      for (const rule of rules) terminal.emit({ ...rule });
      const rows = rules.map(({ id, family: name, example, exampleKwargs }) => [id, name, example, Object.keys(exampleKwargs).join(", ")]);
      terminal.print(formatTable(["rule", "family", "for example", "arguments"], rows));
    });
}

async function printSuggestions(text: string, terminal: Terminal): Promise<void> {
  const { suggestRules } = await import("../../services/suggestions/suggest-rules.ts");
  const suggestions = suggestRules(text);
  for (const suggestion of suggestions) terminal.emit({ ...suggestion });
  const rows = suggestions.map(({ rule, expected, start, end }) => [
    rule.id,
    expected,
    JSON.stringify(rule.kwargs),
    text.slice(start, end),
  ]);
  terminal.print(rows.length === 0 ? "no rule recognised" : formatTable(["rule", "says", "arguments", "asked for by"], rows));
}
