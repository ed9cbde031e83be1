// The calls that keep what a person thinks of responses.

import type { annotationsContract } from "../../../shared/contract/annotations.ts";
import { compare } from "../../services/compare.ts";
import { getRolloutNote, setComparisonNote, setRolloutNote } from "../../storage/annotations.ts";
import type { RolloutId } from "../../storage/ids.ts";
import { rolloutPlace } from "../../storage/rollouts.ts";
import type { HandlersOf } from "../dispatch.ts";
import { workspacesOf } from "./compare.ts";

export const annotationsHandlers: HandlersOf<typeof annotationsContract> = {
  getTrace: ({ rolloutId }, { workspace }) => getRolloutNote(workspace.db, rolloutPlace(workspace.db, rolloutId as RolloutId)),
  setTrace: ({ rolloutId, vote, comment }, { workspace, publish }) => {
    workspace.write((db) => setRolloutNote(db, rolloutPlace(db, rolloutId as RolloutId), { vote: vote as -1 | 0 | 1, comment }));
    publish("workspace", { changed: "annotations" });
    return null;
  },
  setComparison: async ({ recordId, panes, winner, comment }, context) => {
    const seen = compare(await workspacesOf(context, panes), panes, recordId).panes.map(({ label, source, proof, response }) => ({
      label,
      source,
      proof,
      text: response?.text ?? null,
      reward: response?.reward ?? null,
    }));
    context.workspace.write((db) => setComparisonNote(db, { recordId, panes, seen }, { winner, comment }));
    context.publish("workspace", { changed: "annotations" });
    return { winner, comment };
  },
};
