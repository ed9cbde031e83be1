// How fast this machine multiplies matrices right now, through the same runtime as everything else: the yardstick that training
// and rollout speed is reported against. Measure it in the same process, close in time, because others may use the machine.

import { setTimeout as wait } from "node:timers/promises";
import { Graph } from "../onnx/graph.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";
import { float32 } from "../tensor/tensor.ts";

const SIZE = 1024;
/** The runtime's threads go on spinning for a while after a product, on cores that the work to be measured is about to use. */
const SPINNING_MS = 100;

/** A session that multiplies two SIZE x SIZE float32 matrices. */
export class GemmProbe {
  private readonly session: OnnxSession;
  private readonly feed = float32([SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(0.5));

  private constructor(session: OnnxSession) {
    this.session = session;
  }

  static async open(options: SessionOptions = {}): Promise<GemmProbe> {
    const graph = new Graph("gemm");
    const x = graph.input("x", "float32", [SIZE, SIZE]);
    const product = graph.op("MatMul", [x, graph.initializer("w", float32([SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(0.25)))], {});
    // Only a row leaves, so that copying the output out is not part of the time.
    graph.output(graph.op("ReduceMax", [product], { axes: [0], keepDims: false }), "y");
    return new GemmProbe(await OnnxSession.create(serializeGraph(graph), options));
  }

  /** GFLOP/s of each of `runs` products after one to warm up. Gives them when its threads are at rest. */
  async measure(runs: number): Promise<number[]> {
    await this.session.run({ x: this.feed });
    const gflops: number[] = [];
    for (let run = 0; run < runs; run++) {
      const startMs = performance.now();
      await this.session.run({ x: this.feed });
      gflops.push((2 * SIZE ** 3) / (performance.now() - startMs) / 1e6);
    }
    await wait(SPINNING_MS);
    return gflops;
  }

  async close(): Promise<void> {
    await this.session.dispose();
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? NaN;
}
