// policy-thread.ts where the first run of a session fails as the runtime's allocator does; the others are real.

import { OnnxSession } from "../../onnx/session.ts";

type Run = OnnxSession["run"];
const run = OnnxSession.prototype["run" as never] as (this: OnnxSession, ...given: Parameters<Run>) => ReturnType<Run>;
let runs = 0;
OnnxSession.prototype.run = function (...given) {
  if (runs++ > 0) return run.apply(this, given);
  return Promise.reject(new Error("bfc_arena.cc:359 AllocateRawInternal Failed to allocate memory for requested buffer of size 1"));
};
await import("../policy-thread.ts");
