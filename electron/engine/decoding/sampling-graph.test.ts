// Drawing tokens as a graph: against softmax probabilities by a chi-square test, with every kind of cut, and against the sampler
// that draws on the host. On the CPU, where many draws are cheap; device-language-model.test.ts holds the device against it.

import { describe, expect, it } from "vitest";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, int32, int64, type HostTensor } from "../tensor/tensor.ts";
import { samplingGraph, type SamplingKind } from "./sampling-graph.ts";

const V = 12;
const DRAWS = 40_000;
/** In descending order, spread over four nats. */
const LOGITS = Float32Array.from({ length: V }, (_, token) => -0.35 * token + (token % 3) * 0.2);

const PLAIN: SamplingKind = { random: true, topK: false, topP: false };
const GREEDY: SamplingKind = { random: false, topK: false, topP: false };

interface Settings {
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
}

function feeds(kind: SamplingKind, draws: number, { temperature, topK = 0, topP = 1 }: Settings, seed: number): Record<string, HostTensor> {
  const random = new Random(seed);
  const keys = () =>
    int32(
      [draws, 1],
      Int32Array.from({ length: draws }, () => random.uint32() | 0),
    );
  return {
    logits: float32([1, V], LOGITS),
    rows: int64([draws], new BigInt64Array(draws)),
    ...(kind.random ? { inverseTemperature: float32([], [1 / temperature]), keyA: keys(), keyB: keys() } : {}),
    ...(kind.topK ? { topK: float32([], [topK]) } : {}),
    ...(kind.topP ? { topP: float32([], [topP]) } : {}),
  };
}

async function draw(kind: SamplingKind, draws: number, settings: Settings, seed = 3): Promise<{ ids: number[]; logProbs: number[] }> {
  return run(kind, feeds(kind, draws, settings, seed));
}

async function run(kind: SamplingKind, fed: Record<string, HostTensor>): Promise<{ ids: number[]; logProbs: number[] }> {
  const { graph, ids } = samplingGraph(V, kind);
  const session = await OnnxSession.open(graph, { threads: 1 });
  const out = await session.run(fed);
  await session.dispose();
  return { ids: Array.from(out[ids]?.data as BigInt64Array, Number), logProbs: [...(out["logProbs"]?.data as Float32Array)] };
}

function softmax(temperature: number): number[] {
  const weights = [...LOGITS].map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** What top-k and then top-p leave, renormalised: the definition, by sorting. */
function cut(probabilities: readonly number[], topK: number, topP: number): number[] {
  const order = probabilities.map((_, token) => token).sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number));
  const first = topK === 0 ? order : order.slice(0, topK);
  const mass = first.reduce((sum, token) => sum + (probabilities[token] as number), 0);
  let reached = 0;
  const kept = new Set(
    first.filter((token) => {
      const inside = reached < topP * mass;
      reached += probabilities[token] as number;
      return inside;
    }),
  );
  const total = probabilities.reduce((sum, value, token) => sum + (kept.has(token) ? value : 0), 0);
  return probabilities.map((value, token) => (kept.has(token) ? value / total : 0));
}

function chiSquare(ids: readonly number[], expected: readonly number[]): number {
  const counts = new Array<number>(V).fill(0);
  for (const id of ids) counts[id] = (counts[id] as number) + 1;
  return expected.reduce((sum, probability, token) => {
    const wanted = probability * ids.length;
    if (wanted === 0) return counts[token] === 0 ? sum : Infinity;
    return sum + ((counts[token] as number) - wanted) ** 2 / wanted;
  }, 0);
}

/** 99.99 % quantile of chi-square with 11 degrees of freedom; fewer kept tokens only lower it. */
const LIMIT = 37.4;

describe("sampling as a graph", () => {
  it.each([
    ["temperature 1", { temperature: 1 }],
    ["temperature 0.6", { temperature: 0.6 }],
    ["temperature 2", { temperature: 2 }],
    ["top-k", { temperature: 1, topK: 5 }],
    ["top-p", { temperature: 1, topP: 0.7 }],
    ["top-k, then top-p", { temperature: 1.3, topK: 7, topP: 0.8 }],
  ] as const)("draws in proportion to the probabilities: %s", async (_name, settings: Settings) => {
    const { temperature, topK = 0, topP = 1 } = settings;
    const { ids, logProbs } = await draw({ random: true, topK: topK > 0, topP: topP < 1 }, DRAWS, settings);
    const probabilities = softmax(temperature);
    expect(chiSquare(ids, cut(probabilities, topK, topP))).toBeLessThan(LIMIT);
    // Before any cut, as the trainer counts them.
    logProbs.slice(0, 200).forEach((value, row) => expect(value).toBeCloseTo(Math.log(probabilities[ids[row] as number] as number), 5));
  });

  it("gives rows that follow each other, and keys that differ in one bit, unrelated draws", async () => {
    const { ids } = await draw(PLAIN, DRAWS, { temperature: 1 });
    const probabilities = softmax(1);
    const same = probabilities.reduce((sum, p) => sum + p * p, 0);
    const equalNeighbours = ids.filter((id, row) => row > 0 && ids[row - 1] === id).length / (ids.length - 1);
    expect(Math.abs(equalNeighbours - same)).toBeLessThan(4 * Math.sqrt((same * (1 - same)) / DRAWS));

    const half = DRAWS / 2;
    const random = new Random(8);
    const [a, b] = [new Int32Array(DRAWS), new Int32Array(DRAWS)];
    for (let row = 0; row < half; row++) {
      a[row] = a[row + half] = random.uint32() | 0;
      b[row] = random.uint32() | 0;
      b[row + half] = (b[row] as number) ^ (1 << (row % 32));
    }
    const { ids: drawn } = await run(PLAIN, {
      logits: float32([1, V], LOGITS),
      rows: int64([DRAWS], new BigInt64Array(DRAWS)),
      inverseTemperature: float32([], [1]),
      keyA: int32([DRAWS, 1], a),
      keyB: int32([DRAWS, 1], b),
    });
    const equal = drawn.slice(0, half).filter((id, row) => id === drawn[row + half]).length / half;
    expect(Math.abs(equal - same)).toBeLessThan(4 * Math.sqrt((same * (1 - same)) / half));
  });

  it("takes the likeliest token when greedy, the first of equals", async () => {
    const { ids, logProbs } = await draw(GREEDY, 2, { temperature: 0 });
    const best = [...LOGITS].indexOf(Math.max(...LOGITS));
    expect(ids).toEqual([best, best]);
    logProbs.forEach((value) => expect(value).toBeCloseTo(Math.log(softmax(1)[best] as number), 5));
    const equal = await run(GREEDY, { logits: float32([1, V]), rows: int64([1], [0]) });
    expect(equal.ids).toEqual([0]);
  });
});
