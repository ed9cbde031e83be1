// Fills a new workspace with a made-up run: `node build/bench/fill.ts FILE [ROLLOUTS]`.

import { existsSync } from "node:fs";
import { openWorkspace } from "../../electron/storage/open-workspace.ts";
import { addMadeUpRun } from "./made-up-run.ts";

const [file = "", rollouts = "100000"] = process.argv.slice(2);
if (file === "" || existsSync(file)) throw new Error("name a file that does not exist yet");
const db = openWorkspace(file, { create: true });
await addMadeUpRun(db, Number(rollouts), (step, totalSteps, writeMs) => {
  if (step % 25 === 0 || step === totalSteps) console.log(`step ${step} of ${totalSteps}, stored in ${writeMs.toFixed(0)} ms`);
});
db.close();
