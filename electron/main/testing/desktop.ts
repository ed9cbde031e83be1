// The whole desktop application on the double, in a folder of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CallName, InputOf, OutputOf } from "../../../shared/contract/contract.ts";
import type { Result } from "../../../shared/result.ts";
import { startDesktop } from "../desktop.ts";
import { ElectronDouble, type DoubleOptions } from "./electron-double.ts";

export interface TestDesktop {
  readonly double: ElectronDouble;
  readonly folder: string;
  readonly call: <Name extends CallName>(name: Name, input: InputOf<Name>) => Promise<Result<OutputOf<Name>>>;
  /** Quits and waits for the end. */
  readonly end: () => Promise<void>;
}

export async function openDesktop(
  options: Partial<DoubleOptions> & { readonly argv?: readonly string[]; readonly folder?: string } = {},
): Promise<TestDesktop> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "desktop-"));
  const double = new ElectronDouble({ ...options, userData: folder });
  startDesktop(double.api, options.argv ?? ["--no-example"]);
  await double.becomeReady();
  return {
    double,
    folder,
    call: async (name, input) => (await double.invoke("raif:call", [name, input])) as never,
    end: async () => {
      double.quit();
      while (double.ended === undefined) await sleep(20);
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
