// The calls about models. Whatever makes a model speak is a job of the engine.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { modelsContract } from "../../../shared/contract/models.ts";
import type { WeightsSource } from "../../../shared/domain/generation.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { forgetModel, importModel, inspectModel, listModels, requireListedModel } from "../../services/model-catalogue.ts";
import { getRow } from "../../storage/connection.ts";
import type { RunId } from "../../storage/ids.ts";
import { getRun } from "../../storage/runs.ts";
import type { HandlersOf } from "../dispatch.ts";
import { enqueueJob } from "../enqueue-job.ts";
import type { HostContext } from "../host-context.ts";
import { userPath } from "../user-path.ts";

export const modelsHandlers: HandlersOf<typeof modelsContract> = {
  list: (_, { workspaces }) => listModels(workspaces.own.db),
  import: async ({ path }, { workspaces, dialogs, publish }) => {
    const folder = path === undefined ? await dialogs.openFolder({ title: "Import a model folder" }) : userPath(path);
    if (folder === undefined) return null;
    const model = await importModel(workspaces.own, folder);
    publish("workspace", { changed: "settings" });
    return model;
  },
  download: ({ to, ...request }, { downloads, workspaces }) => {
    const folder = to === undefined ? join(dirname(workspaces.own.path), "models", request.repository.replace("/", "--")) : userPath(to);
    if (existsSync(folder))
      throw new WorkbenchError("invalid-argument", "the folder exists already", { where: folder, hint: "Add it to the list instead." });
    return { jobId: downloads.start({ ...request, folder }) };
  },
  forget: ({ name }, { workspaces, publish }) => {
    const forgotten = workspaces.own.write((db) => forgetModel(db, name));
    if (forgotten) publish("workspace", { changed: "settings" });
    return { forgotten };
  },
  inspect: ({ name }, { workspaces }) => inspectModel(workspaces.own.db, name),
  generate: (request, context) => {
    for (const { source } of request.asks) requireSource(context, source);
    return enqueueJob(context, { kind: "generate", request });
  },
  score: ({ rolloutId, source }, context) => {
    if (getRow(context.workspace.db, "SELECT 1 FROM rollouts WHERE id = ?", rolloutId) === undefined) {
      throw new WorkbenchError("not-found", `there is no rollout ${rolloutId}`, { where: context.workspace.path });
    }
    if (source !== undefined) requireSource(context, source);
    return enqueueJob(context, { kind: "score", rolloutId, ...(source === undefined ? {} : { source }) });
  },
  evaluate: (request, context) => {
    requireSource(context, request.source);
    return enqueueJob(context, { kind: "evaluate", request });
  },
  export: async ({ runId, step, content, dtype, to }, context) => {
    getRun(context.workspace.db, runId as RunId);
    const suggestedName = `run-${runId}-${content}`;
    const title = content === "merged" ? "Export the trained model" : "Export the adapter";
    const folder = to === undefined ? await context.dialogs.saveFile({ title, suggestedName }) : userPath(to);
    if (folder === undefined) return null;
    if (existsSync(folder))
      throw new WorkbenchError("invalid-argument", "the folder exists already", { where: folder, hint: "Choose another name." });
    const job = { kind: "export" as const, runId, content, dtype, to: folder, ...(step === undefined ? {} : { step }) };
    return enqueueJob(context, job, runId);
  },
  quantise: async ({ name, bits, block, to }, { workspaces, runAside, publish }) => {
    requireListedModel(workspaces.own.db, name);
    const folder = to === undefined ? join(dirname(workspaces.own.path), "models", `${basename(name)}-${bits}-bit`) : userPath(to);
    const { layers, leftOut, bytes, sourceBytes } = await runAside("quantise", { model: name, bits, blockSize: block, to: folder });
    const added = await importModel(workspaces.own, folder);
    publish("workspace", { changed: "settings" });
    return { name: added.name, layers, leftOut, bytes, sourceBytes };
  },
};

function requireSource({ workspace, workspaces }: HostContext, source: WeightsSource): void {
  if (source.type === "base") requireListedModel(workspaces.own.db, source.model);
  else getRun(workspace.db, source.runId as RunId);
}
