// Child process of the lock test: holds the engine lock of the workspace given as argument until it is killed.

import { openEngineWorkspace } from "../open-workspace.ts";

const { lock } = openEngineWorkspace(process.argv[2] ?? "");
process.stdout.write(`held by ${lock.owner.pid}\n`);
setInterval(() => undefined, 1000);
