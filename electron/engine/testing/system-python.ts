// Runs Python scripts as independent references, for tests only: Debian's interpreter with the packages a test needs, if it is there.

import { spawnSync } from "node:child_process";

const INTERPRETER = "/usr/bin/python3";

/** Why these modules cannot be used here, or undefined when they can. */
export function missingPythonModules(...modules: readonly string[]): string | undefined {
  const probe = `import importlib.util, sys; sys.exit(" ".join(m for m in sys.argv[1:] if importlib.util.find_spec(m) is None) or 0)`;
  const { error, status, stderr } = spawnSync(INTERPRETER, ["-c", probe, ...modules], { encoding: "utf8" });
  if (error !== undefined) return `${INTERPRETER} cannot be run`;
  return status === 0 ? undefined : `${INTERPRETER} has no ${stderr.trim()}`;
}

/** Standard output; throws with what the script printed when it fails. */
export function runPython(script: string, args: readonly string[]): string {
  const result = spawnSync(INTERPRETER, [script, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (result.status !== 0) throw new Error(`${script} failed: ${result.error?.message ?? result.stderr}`);
  return result.stdout;
}
