// A host as a process of its own, to be killed: `training-host.ts WORKSPACE MODEL DATA` starts a training and prints the engine's
// process id when the second step begins.

import { openTestHost } from "./test-host.ts";
import { tinyTraining } from "./tiny-training.ts";

const [workspace = "", model = "", data = ""] = process.argv.slice(2);
const host = openTestHost(workspace);
host.start(tinyTraining(model, data, { steps: 1000 }));
await host.until(() => host.activities.includes("step 2: rollout"));
process.stdout.write(`${host.processes[0]?.pid ?? 0}\n`);
