// A synthesis as a job of a workspace: samples are stored as they come.

import type { SynthesisSummary } from "../../../shared/contract/synthesis.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { SynthesisId } from "../../storage/ids.ts";
import { finishSynthesis, getSynthesis, storeSample } from "../../storage/syntheses.ts";
import { summariseSynthesis } from "./synthesis-views.ts";
import { synthesize, type SynthesizeHooks } from "./synthesize.ts";

/** Runs it, or goes on with it. Throws what synthesize throws. */
export async function runSynthesis(db: WriteConnection, id: SynthesisId, hooks: SynthesizeHooks = {}): Promise<SynthesisSummary> {
  const { request } = getSynthesis(db, id);
  const outcome = await synthesize(db, request, {
    ...hooks,
    onSample: (sample) => {
      storeSample(db, id, sample);
      hooks.onSample?.(sample);
    },
  });
  finishSynthesis(db, id, outcome);
  return summariseSynthesis(db, id);
}
