// Gives a Node process the port that Electron gives its utility processes.

import { EventEmitter } from "node:events";

const port = Object.assign(new EventEmitter(), {
  postMessage: (message: object) => process.send?.(message, undefined, undefined, () => undefined),
});
process.on("message", (data) => port.emit("message", { data }));
process.once("disconnect", () => process.exit(0));
Object.assign(process, { parentPort: port });
