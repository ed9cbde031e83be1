// The calls about the workspace file. Copying is done aside, so that the interface goes on meanwhile.

import type { WorkspaceInfo, workspaceContract } from "../../../shared/contract/workspace.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { exampleRunId, workspaceName } from "../../services/workspace-info.ts";
import type { RunId } from "../../storage/ids.ts";
import { getRun } from "../../storage/runs.ts";
import { workspaceFigures } from "../../storage/workspace-figures.ts";
import type { HandlersOf } from "../dispatch.ts";
import type { HostContext } from "../host-context.ts";
import { userPath } from "../user-path.ts";

export const workspaceHandlers: HandlersOf<typeof workspaceContract> = {
  info: (_, context) => info(context),
  exportRun: ({ runId, to }, context) => {
    const { name } = getRun(context.workspace.db, runId as RunId);
    return exportFile(context, "Export the run as a file", `${fileName(name)}.sqlite`, to, [runId]);
  },
  exportAll: ({ to }, context) => {
    const name = workspaceName(context.workspace.path);
    return exportFile(context, "Export the workspace as a file", `${name}-copy.sqlite`, to);
  },
  importRuns: async ({ path }, context) => {
    const from = await pathToOpen(context, "Import runs from a file", path);
    if (from === undefined) return null;
    if (context.workspace.readOnly)
      throw new WorkbenchError("read-only", "runs are imported into your own workspace", { hint: "Go back to it first." });
    const imported = await context.runAside("import", { from, workspace: context.workspaces.own.path });
    context.publish("workspace", { changed: "runs" });
    return imported;
  },
  openReadOnly: async ({ path }, context) => {
    const file = await pathToOpen(context, "Look at a workspace", path);
    if (file === undefined) return null;
    if (context.engine.condition().state === "working") {
      throw new WorkbenchError("workspace-locked", "the engine is working", { hint: "Pause the run, or wait for it, then open the file." });
    }
    context.workspaces.showReadOnly(file);
    return shown(context);
  },
  openOwn: (_, context) => {
    context.workspaces.showOwn();
    return shown(context);
  },
};

function info({ workspace, workspaces }: HostContext): WorkspaceInfo {
  const { path, readOnly, db } = workspace;
  return {
    path,
    name: workspaceName(path),
    readOnly,
    ...workspaceFigures(db),
    exampleRunId: exampleRunId(db),
    ownPath: readOnly ? workspaces.own.path : null,
  };
}

function shown(context: HostContext): WorkspaceInfo {
  context.publish("workspace", { changed: "workspace" });
  return info(context);
}

async function exportFile(
  { workspace, dialogs, runAside }: HostContext,
  title: string,
  suggestedName: string,
  to: string | undefined,
  runIds?: readonly number[],
): Promise<{ readonly path: string } | null> {
  const path = to === undefined ? await dialogs.saveFile({ title, suggestedName }) : userPath(to);
  if (path === undefined) return null;
  // A dialog has asked already whether an existing file may go.
  return runAside("export", {
    workspace: workspace.path,
    to: path,
    replace: to === undefined,
    ...(runIds === undefined ? {} : { runIds }),
  });
}

function pathToOpen({ dialogs }: HostContext, title: string, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? dialogs.openFile({ title, extensions: ["sqlite", "raif"] }) : Promise.resolve(userPath(path));
}

function fileName(name: string): string {
  return (
    name
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 80) || "run"
  );
}
