// A process that trains and kills itself at the start of a named phase: `node train-child.ts REQUEST_JSON PHASE STEP`.

import { trainRun, type TrainRequest } from "../train.ts";

const [request, phase, step] = process.argv.slice(2);
await trainRun(JSON.parse(request as string) as TrainRequest, {
  onPhase: (reached, reachedStep) => {
    if (reached === phase && reachedStep === Number(step)) process.kill(process.pid, "SIGKILL");
  },
});
