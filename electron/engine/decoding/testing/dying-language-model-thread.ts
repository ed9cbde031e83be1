// language-model-thread.ts that ends itself in its sixth run of a session as long as the environment says so; else it is the real one.

import { OnnxSession } from "../../onnx/session.ts";

type Run = OnnxSession["run"];
const run = OnnxSession.prototype["run" as never] as (this: OnnxSession, ...given: Parameters<Run>) => ReturnType<Run>;
let runs = 0;
OnnxSession.prototype.run = function (...given) {
  runs += 1;
  if (runs === 6 && process.env["RAIF_TEST_THREAD_DIES"] === "1") process.exit(3);
  return run.apply(this, given);
};
await import("../language-model-thread.ts");
