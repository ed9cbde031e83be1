// The calls about the workbench itself: versions, machine, diagnostics.

import { availableParallelism, cpus, freemem, homedir, release, totalmem } from "node:os";
import type { AppInfo, DeviceInfo, appContract } from "../../../shared/contract/app.ts";
import { ENGINE_VERSION } from "../../services/engine-version.ts";
import { workspaceName } from "../../services/workspace-info.ts";
import { listJobs } from "../../storage/jobs.ts";
import { listRuns } from "../../storage/runs.ts";
import { workspaceFigures } from "../../storage/workspace-figures.ts";
import type { HandlersOf } from "../dispatch.ts";
import type { HostContext } from "../host-context.ts";

export const appHandlers: HandlersOf<typeof appContract> = {
  info: (_, context) => appInfo(context),
  device: (_, context) => deviceInfo(context),
  doctor: (_, { runAside, workspace }) => runAside("doctor", { workspace: workspace.path }),
  diagnostics: (_, context) => ({ text: withoutHome(diagnostics(context)) }),
};

function appInfo(context: HostContext): AppInfo {
  const { surface, workspace, engine } = context;
  const { node, sqlite, electron, chrome } = process.versions;
  const versions = Object.entries({ node, sqlite, electron, chrome }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    version: ENGINE_VERSION,
    surface,
    platform: `${process.platform} ${process.arch}`,
    versions: Object.fromEntries(versions),
    workspace: { path: workspace.path, name: workspaceName(workspace.path), readOnly: workspace.readOnly },
    engine: engine.condition(),
    device: deviceInfo(context),
  };
}

function deviceInfo({ engine }: HostContext): DeviceInfo {
  const cores = availableParallelism();
  return {
    name: `CPU, ${cores} ${cores === 1 ? "core" : "cores"}`,
    cores,
    memoryTotalBytes: totalmem(),
    memoryFreeBytes: freemem(),
    engineMemoryBytes: engine.memoryBytes(),
  };
}

const SHOWN_JOBS = 10;

function diagnostics(context: HostContext): string {
  const { version, surface, platform, versions, engine } = appInfo(context);
  const { workspace } = context;
  const figures = workspaceFigures(workspace.db);
  const counts = new Map<string, number>();
  for (const { status } of listRuns(workspace.db)) counts.set(status, (counts.get(status) ?? 0) + 1);
  const jobs = listJobs(workspace.db).slice(0, SHOWN_JOBS);
  return [
    `RAIF Workbench ${version}, ${surface}`,
    `system: ${platform} ${release()}, ${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${availableParallelism()} cores`,
    `memory: ${gibibytes(totalmem())} in all, ${gibibytes(freemem())} free`,
    `versions: ${Object.entries(versions)
      .map(([name, number]) => `${name} ${number}`)
      .join(", ")}`,
    `workspace: ${workspace.path}${workspace.readOnly ? " (only looked at)" : ""}, schema ${figures.schemaVersion}`,
    `  ${gibibytes(figures.sizeBytes)}, disk free ${gibibytes(figures.diskFreeBytes)}, ${figures.runs} runs, ${figures.rollouts} rollouts, ${figures.datasets} data sets`,
    `runs: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ") || "none"}`,
    `engine: ${engine.state}${engine.reason === null ? "" : `\n${engine.reason}`}`,
    `jobs:${jobs.length === 0 ? " none" : ""}`,
    ...jobs.map(({ id, kind, status, error }) => `  ${id} ${kind} ${status}${error === undefined ? "" : ` ${JSON.stringify(error)}`}`),
  ].join("\n");
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

/** A home folder names its user. */
function withoutHome(text: string): string {
  const home = homedir();
  return home.length > 1 ? text.replaceAll(home, "~") : text;
}
