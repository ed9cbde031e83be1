// The real command line in a process that kills itself the moment it reports a phase of a step:
// `raif-killed-in-phase.ts PHASE STEP ARGUMENT...`; the arguments must ask for --json.

import { runCommandLine } from "../program.ts";
import { processShell } from "../shell.ts";

const [phase, step, ...argv] = process.argv.slice(2);
const shell = processShell();
const stdout = {
  write: (text: string): void => {
    process.stdout.write(text);
    const event = JSON.parse(text) as { readonly type?: string; readonly phase?: string; readonly step?: number };
    if (event.type === "phase" && event.phase === phase && event.step === Number(step)) process.kill(process.pid, "SIGKILL");
  },
};
process.exitCode = await runCommandLine(argv, { ...shell, stdout });
