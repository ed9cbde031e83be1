// A process that trains and kills itself at the start of a named phase: `node train-child.ts REQUEST_JSON PHASE STEP`.

import { openSingleThreadEngine } from "./single-thread-engine.ts";
import { trainRun, type TrainRequest } from "../train.ts";

const [request, phase, step] = process.argv.slice(2);
const onPhase = (reached: string, reachedStep: number) => {
  if (reached === phase && reachedStep === Number(step)) process.kill(process.pid, "SIGKILL");
};
await trainRun(JSON.parse(request as string) as TrainRequest, { onPhase }, openSingleThreadEngine);
