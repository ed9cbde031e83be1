// `raif verify`: verdicts of the rule and maths verifiers on a file of records.

import { Option, type Command } from "commander";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { SUITE_NAMES, type SuiteName } from "../../services/verify/suites.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface VerifyOptions {
  readonly suite: SuiteName;
  readonly mode: CheckMode;
  readonly in: string;
  readonly out: string;
  readonly json?: boolean;
}

export function addVerify(program: Command, shell: Shell): void {
  program
    .command("verify")
    .description(
      "Verify responses by rule: one record a line in, one verdict a line out. A record that cannot be verified fails the command.",
    )
    .addOption(new Option("--suite <name>", "format of the records").choices(SUITE_NAMES).makeOptionMandatory())
    .addOption(
      new Option("--mode <mode>", "compat: the public checkers' verdicts, quirks included; corrected: quirks mended")
        .choices(["compat", "corrected"])
        .default("compat"),
    )
    .requiredOption("--in <file>", "records, JSON lines")
    .requiredOption("--out <file>", "verdicts, JSON lines in the same order")
    .option("--json", "print one JSON object: records, errors, out")
    .action(async ({ suite, mode, in: input, out, json }: VerifyOptions) => {
      const { verifyFile } = await import("../../services/verify/verify-file.ts");
      const terminal = openTerminal(shell, json ?? false);
      const { records, errors } = await verifyFile({ suite, mode, input, output: out }, { signal: shell.signal });
      terminal.emit({ records, errors, out });
      terminal.print(`${records} records, ${records - errors} verdicts, ${errors} errors: ${out}`);
      if (errors > 0) {
        terminal.note(`${errors} of ${records} records could not be verified; their lines hold the reason`);
        shell.exitCode = 1;
      }
    });
}
