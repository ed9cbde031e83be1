// Several AdamW steps on given gradients: the problem as data that a reference can read too, and the engine's own graph run on it.

import { serializeGraph } from "../../onnx/serialize.ts";
import { OnnxSession } from "../../onnx/session.ts";
import { Random } from "../../tensor/random.ts";
import { float32, type Float32Tensor, type HostTensor } from "../../tensor/tensor.ts";
import { adamWGraph } from "../policy-graphs.ts";

export interface AdamWCase {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  /** Matrices as lists of rows; one entry of gradients a step. */
  readonly parameters: Readonly<Record<string, number[][]>>;
  readonly gradients: readonly Readonly<Record<string, number[][]>>[];
}

/** Five steps; the gradient norm lies above the clip threshold in some and below it in others. */
export function adamWCase(): AdamWCase {
  const random = new Random(11);
  const matrix = (rows: number, columns: number, scale: number) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(scale * random.normal())));
  const both = (scale: number) => ({ first: matrix(3, 5, scale), second: matrix(1, 4, scale) });
  return {
    learningRate: 0.01,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0.1,
    maxGradNorm: 1,
    parameters: both(1),
    gradients: [1, 0.1, 2, 0.01, 0.5].map(both),
  };
}

export interface AdamWOutcome {
  readonly parameters: ReadonlyMap<string, Float32Tensor>;
  readonly gradNorms: readonly number[];
}

export async function runAdamW(problem: AdamWCase): Promise<AdamWOutcome> {
  const tensorOf = (rows: readonly (readonly number[])[]) => float32([rows.length, rows[0]?.length ?? 0], rows.flat());
  const names = Object.keys(problem.parameters);
  let parameters = new Map(names.map((name) => [name, tensorOf(problem.parameters[name] ?? [])]));
  const zeros = () => new Map([...parameters].map(([name, { shape }]) => [name, float32(shape)]));
  let [firstMoments, secondMoments] = [zeros(), zeros()];
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]));
  const session = await OnnxSession.create(serializeGraph(adamWGraph(shapes)), { threads: 1 });
  const gradNorms: number[] = [];
  for (const [index, gradients] of problem.gradients.entries()) {
    const scalars = {
      ...problem,
      correction1: 1 - problem.beta1 ** (index + 1),
      correction2: 1 - problem.beta2 ** (index + 1),
    };
    const feeds: Record<string, HostTensor> = {};
    for (const name of ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", "maxGradNorm", "correction1", "correction2"] as const)
      feeds[name] = float32([], [scalars[name]]);
    for (const name of names) {
      feeds[`p/${name}`] = parameters.get(name) as Float32Tensor;
      feeds[`g/${name}`] = tensorOf(gradients[name] ?? []);
      feeds[`m/${name}`] = firstMoments.get(name) as Float32Tensor;
      feeds[`v/${name}`] = secondMoments.get(name) as Float32Tensor;
    }
    const out = await session.run(feeds);
    const next = (kind: "p" | "m" | "v") => new Map(names.map((name) => [name, out[`new/${kind}/${name}`] as Float32Tensor]));
    [parameters, firstMoments, secondMoments] = [next("p"), next("m"), next("v")];
    gradNorms.push(Number(out["gradNorm"]?.data[0]));
  }
  await session.dispose();
  return { parameters, gradNorms };
}
