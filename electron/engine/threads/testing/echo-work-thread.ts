// A thread for tests: gives things back, fails in three ways, and says what it does meanwhile.

import { WorkbenchError } from "../../../../shared/errors.ts";
import { doWork } from "../do-work.ts";

export type EchoWork = {
  readonly echo: (value: unknown) => unknown;
  readonly count: (to: number) => Promise<string>;
  readonly fill: (shared: Float32Array, value: number) => void;
  readonly product: (a: number, b: number) => number;
  readonly refuse: () => never;
  readonly break: () => never;
  readonly exit: () => never;
};

doWork<EchoWork>((say) => ({
  echo: (value) => value,
  count: async (to) => {
    for (let i = 1; i <= to; i++) {
      say(i);
      await Promise.resolve();
    }
    return "counted";
  },
  fill: (shared, value) => void shared.fill(value),
  product: (a, b) => a * b,
  refuse: () => {
    throw new WorkbenchError("non-finite", "the number is not a number", { got: "NaN" });
  },
  break: () => {
    throw new TypeError("a bug");
  },
  exit: () => process.exit(3),
}));
