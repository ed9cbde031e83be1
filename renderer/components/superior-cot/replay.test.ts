import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeSuperiorCot } from "../../../electron/engine/grpo/superior-cot.ts";
import type { SuperiorCotStep } from "../../../shared/domain/superior-cot.ts";
import { accuracyShare, OWN_THRESHOLD, replayGroup, replayRun, replayStep, thresholdRange } from "./replay.ts";

const accuracy = fc.constantFrom(-2, 0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 2);
const group = fc.record({
  thinkAccuracies: fc.array(accuracy, { minLength: 1, maxLength: 8 }),
  emptyAccuracies: fc.array(accuracy, { maxLength: 3 }),
  format: fc.array(fc.constantFrom(-1, 1), { minLength: 8, maxLength: 8 }),
  keepWhenAllEqual: fc.boolean(),
});

type Group = typeof group extends fc.Arbitrary<infer Value> ? Value : never;

function rewards({ thinkAccuracies, format }: Group): number[] {
  return thinkAccuracies.map((value, index) => value + format[index]!);
}

/** The engine's own decision, and the group as it is stored. */
function judged(one: Group) {
  const thinkRewards = rewards(one);
  const verdict = judgeSuperiorCot({ ...one, thinkRewards }, one);
  return {
    verdict,
    stored: { margin: verdict.margin ?? null, thinkRewardsEqual: thinkRewards.every((reward) => reward === thinkRewards[0]) },
  };
}

function stepOf(groups: readonly Group[]): SuperiorCotStep {
  const compared = groups.map((one) => ({ one, ...judged(one) })).filter(({ stored }) => stored.margin !== null);
  return {
    step: 1,
    notCompared: groups.length - compared.length,
    margins: compared.map(({ stored }) => stored.margin!),
    equal: compared.map(({ one, stored }) => one.keepWhenAllEqual && stored.thinkRewardsEqual),
    storedKeepRatio: 0,
    thinkAccuracy: null,
    emptyAccuracy: null,
  };
}

describe("superior CoT decided again", () => {
  test("at the run's own threshold a group's decision is the engine's", () => {
    fc.assert(
      fc.property(group, (one) => {
        const { verdict, stored } = judged(one);
        expect(replayGroup(stored, OWN_THRESHOLD, one)).toMatchObject({ kept: verdict.kept, changed: false });
      }),
    );
  });

  test("a step keeps as many groups as the engine keeps one by one, and as the groups say at any threshold", () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 12 }), fc.double({ min: -4, max: 4, noNaN: true }), (groups, threshold) => {
        const step = stepOf(groups);
        expect(replayStep(step, OWN_THRESHOLD).kept).toBe(groups.filter((one) => judged(one).verdict.kept).length);
        const single = groups.map((one) => replayGroup(judged(one).stored, threshold, one));
        expect(replayStep(step, threshold)).toEqual({
          step: 1,
          groups: groups.length,
          kept: single.filter(({ kept }) => kept).length,
          changed: single.filter(({ changed }) => changed).length,
        });
      }),
    );
  });

  test("a higher threshold never keeps more", () => {
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 12 }),
        fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: -4, max: 4, noNaN: true })),
        (groups, pair) => {
          const run = { steps: [stepOf(groups)] };
          const [low, high] = [Math.min(...pair), Math.max(...pair)];
          expect(replayRun(run, high).keepRatio!).toBeLessThanOrEqual(replayRun(run, low).keepRatio!);
        },
      ),
    );
  });

  test("says why in words", () => {
    const why = (margin: number | null, threshold: number, thinkRewardsEqual = false): string =>
      replayGroup({ margin, thinkRewardsEqual }, threshold, { keepWhenAllEqual: true }).why;
    expect(why(null, 0)).toBe("nothing to compare with");
    expect(why(0.4, 0)).toBe("reasoning does better");
    expect(why(0, 0)).toBe("reasoning does as well");
    expect(why(-0.4, 0)).toBe("the best with reasoning is worse than the worst without");
    expect(why(-0.4, 0, true)).toBe("all rewards with reasoning are equal");
    expect(why(-0.4, -0.5)).toBe("worse with reasoning, but within the threshold");
    expect(why(0.2, 0.5)).toBe("reasoning is not better by enough");
  });

  test("the slider's ends keep and drop every compared group", () => {
    const run = {
      steps: [stepOf([{ thinkAccuracies: [2], emptyAccuracies: [-2], format: Array<1>(8).fill(1), keepWhenAllEqual: false }])],
    };
    const { low, high } = thresholdRange(run);
    expect(replayRun(run, low).keepRatio).toBe(1);
    expect(replayRun(run, high).keepRatio).toBe(0);
    expect(replayRun({ steps: [] }, 0)).toEqual({ steps: [], keepRatio: null, changed: 0 });
  });

  test("accuracies are drawn between nothing and everything", () => {
    expect([-2, -1.5, 0.6, 2].map(accuracyShare)).toEqual([0, 0, 0.6, 1]);
  });
});
