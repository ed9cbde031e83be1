// The calls that grow datasets. Making takes long and is the engine's; what it made is read and taken here.

import type { synthesisContract } from "../../../shared/contract/synthesis.ts";
import { synthesisRequestSchema, type SynthesisRequest } from "../../../shared/domain/synthesis.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { requireListedDataset } from "../../services/dataset-choices.ts";
import { requireListedModel } from "../../services/model-catalogue.ts";
import { placesOf, PROMPT_NAMES, synthesisPrompts } from "../../services/synthesis/prompts.ts";
import { keepSynthesis, summariseSyntheses, summariseSynthesis } from "../../services/synthesis/synthesis-views.ts";
import type { SynthesisId } from "../../storage/ids.ts";
import { countSamples, createSynthesis, getSynthesis, listSamples, rejectingStages } from "../../storage/syntheses.ts";
import type { HandlersOf } from "../dispatch.ts";
import { enqueueJob } from "../enqueue-job.ts";
import type { HostContext } from "../host-context.ts";
import { userPath } from "../user-path.ts";

export const synthesisHandlers: HandlersOf<typeof synthesisContract> = {
  prompts: async () => {
    const { texts, hash } = await synthesisPrompts();
    return { hash, prompts: PROMPT_NAMES.map((name) => ({ name, text: texts[name], places: placesOf(name) })) };
  },
  start: async (request, context) => {
    const { workspace, workspaces } = context;
    await requirePossible(request, context);
    const synthesisId = workspace.readOnly ? 0 : workspaces.own.write((db) => createSynthesis(db, request));
    // Refuses while another workspace is looked at.
    return { ...enqueueJob(context, { kind: "synthesize", synthesisId }), synthesisId };
  },
  list: ({ limit }, { workspace }) => summariseSyntheses(workspace.db, limit),
  get: ({ synthesisId }, { workspace }) => summariseSynthesis(workspace.db, synthesisId as SynthesisId),
  samples: ({ synthesisId, offset, limit, ...filter }, { workspace }) => {
    const { id } = getSynthesis(workspace.db, synthesisId as SynthesisId);
    return {
      total: countSamples(workspace.db, id, filter),
      samples: listSamples(workspace.db, id, filter, limit, offset),
      stages: rejectingStages(workspace.db, id),
    };
  },
  keep: ({ synthesisId, into }, { workspace, publish }) => {
    const kept = workspace.write((db) => keepSynthesis(db, synthesisId as SynthesisId, into));
    publish("workspace", { changed: "datasets" });
    return kept;
  },
};

/** Everything that can be refused is refused before it waits in the queue. Throws "not-found", "invalid-argument", "invalid-config". */
async function requirePossible({ source, avoid, prompts, seeds }: SynthesisRequest, { workspaces }: HostContext): Promise<void> {
  for (const name of avoid) requireListedDataset(workspaces.own.db, name);
  if (seeds !== undefined) userPath(seeds);
  if (source.type === "templates") return;
  await synthesisPrompts(prompts);
  if (source.type === "local") requireListedModel(workspaces.own.db, source.model);
  // A page must not have any variable of the environment sent to any address.
  const usual = synthesisRequestSchema.shape.source.parse({ type: "endpoint", baseUrl: "http://localhost", model: "any" });
  if (source.type === "endpoint" && usual.type === "endpoint" && source.keyVariable !== usual.keyVariable) {
    throw new WorkbenchError("invalid-argument", "the key's variable cannot be chosen here", {
      where: "source.keyVariable",
      hint: 'Store the key as the secret "endpoint-key".',
    });
  }
}
