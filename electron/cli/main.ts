// Entry of the `raif` command: runs the command line of this process and ends with its exit code.

import { runCommandLine } from "./program.ts";
import { processShell } from "./shell.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), processShell());
