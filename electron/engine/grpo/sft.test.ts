import { expect, test } from "vitest";
import { BigramPolicy } from "./testing/bigram-policy.ts";
import { SFT_DEFAULTS, trainSft, type SftCheckpoint, type SftSettings, type SftSource, type SftStepRecord } from "./sft.ts";

const source: SftSource = { size: 7, sampleAt: (index) => ({ promptIds: [1, 2 + (index % 3)], responseIds: [3, 1 + (index % 4), 0] }) };
const settings: SftSettings = { ...SFT_DEFAULTS, steps: 30, seed: 5, tokensPerStep: 16, learningRate: 0.3, checkpointEverySteps: 10 };

async function run(options: { settings?: SftSettings; resumeFrom?: SftCheckpoint; source?: SftSource; stopAfter?: number }) {
  const policy = new BigramPolicy(6, 1);
  const records: SftStepRecord[] = [];
  const checkpoints: SftCheckpoint[] = [];
  const abort = new AbortController();
  await trainSft({
    policy,
    source: options.source ?? source,
    settings: options.settings ?? settings,
    sink: {
      recordStep(record, checkpoint) {
        records.push(record);
        if (checkpoint !== undefined) checkpoints.push(checkpoint);
        if (record.step === options.stopAfter) abort.abort();
      },
    },
    hooks: { signal: abort.signal },
    ...(options.resumeFrom === undefined ? {} : { resumeFrom: options.resumeFrom }),
  }).catch((error: unknown) => expect(error).toMatchObject({ code: "cancelled" }));
  return { policy, records, checkpoints };
}

test("learns, and a resumed run equals an uninterrupted one bit for bit", async () => {
  const whole = await run({});
  expect(whole.records.at(-1)?.loss).toBeLessThan((whole.records[0]?.loss as number) * 0.6);
  const part = await run({ stopAfter: 14 });
  expect(part.records).toHaveLength(14);
  const checkpoint = part.checkpoints.at(-1) as SftCheckpoint;
  expect(checkpoint.state.step).toBe(10);
  const rest = await run({ resumeFrom: checkpoint });
  expect([...part.records.slice(0, 10), ...rest.records]).toEqual(whole.records);
  expect(rest.policy.exportState()).toEqual(whole.policy.exportState());
});

test("the loss is the token mean over the step, and every epoch visits every example once", async () => {
  const visited: number[] = [];
  const counting: SftSource = { size: 7, sampleAt: (index) => (visited.push(index), source.sampleAt(index)) };
  const policy = new BigramPolicy(6, 1);
  const { records } = await run({ settings: { ...settings, steps: 1, tokensPerStep: 35 }, source: counting });
  expect([...visited].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const all = await Promise.all(visited.map(async (index) => await source.sampleAt(index)));
  const scored = await policy.logProbs(all, "policy");
  const mean = -scored.flatMap((row) => [...row]).reduce((sum, value) => sum + value, 0) / 21;
  expect(records[0]?.loss).toBeCloseTo(mean, 6);
  expect(records[0]).toMatchObject({ examples: 7, tokens: 35, lossTokens: 21 });
});

test("prompt tokens enter with their weight; over-long examples are skipped and counted", async () => {
  const { records } = await run({ settings: { ...settings, steps: 1, promptLossWeight: 1, tokensPerStep: 5 } });
  expect(records[0]?.lossTokens).toBe(4);
  const mixed: SftSource = {
    size: 7,
    sampleAt: (index) => (index === 0 ? { promptIds: [1], responseIds: [1, 1, 1, 1, 1, 1] } : source.sampleAt(index)),
  };
  const skipping = await run({ settings: { ...settings, steps: 1, maxSequenceTokens: 5, tokensPerStep: 30 }, source: mixed });
  expect(skipping.records[0]?.state.skipped).toBe(1);
  await expect(
    trainSft({ policy: new BigramPolicy(6, 1), source, settings: { ...settings, maxSequenceTokens: 2 }, sink: { recordStep() {} } }),
  ).rejects.toMatchObject({ code: "prompt-too-long" });
});
