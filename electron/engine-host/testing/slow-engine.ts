// The engine process of the tests: the real one on one thread, with a short rest before each rollout, so that a test's wish to pause
// or kill it comes in time however fast a tiny model is.

import { setTimeout as sleep } from "node:timers/promises";
import { openSingleThreadEngine } from "../../services/testing/single-thread-engine.ts";
import type { OpenTrainingEngine } from "../../services/training-engine.ts";
import { runEngine } from "../run-engine.ts";

const openSlowEngine: OpenTrainingEngine = async (request) => {
  const engine = await openSingleThreadEngine(request);
  const { sampler } = engine;
  return {
    ...engine,
    dispose: () => engine.dispose(),
    sampler: {
      ...sampler,
      generate: async (...given) => {
        await sleep(150);
        return sampler.generate(...given);
      },
    },
  };
};

await runEngine(process.argv[2] as string, openSlowEngine);
