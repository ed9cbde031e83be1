// How fast this machine moves memory right now, through the same runtime and threads as everything else: the yardstick of decoding.
// Measure it in the same process, close in time, because others may use the machine.

import { Graph } from "../onnx/graph.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";

/** Two arrays of 256 MiB: together larger than any processor's cache. */
const COPY_FLOATS = 64 * 2 ** 20;

/** A session that passes once over a large array, reading it and writing another. */
export class CopyProbe {
  private readonly session: OnnxSession;
  private readonly feed: Float32Tensor;

  private constructor(session: OnnxSession, floats: number) {
    this.session = session;
    this.feed = float32([floats], new Float32Array(floats).fill(1));
  }

  static async open(options: SessionOptions = {}, floats = COPY_FLOATS): Promise<CopyProbe> {
    const graph = new Graph("copy");
    const x = graph.input("x", "float32", [floats]);
    // Only one number leaves.
    graph.output(graph.op("Slice", [graph.op("Neg", [x], {})], { axis: 0, start: 0, end: 1 }), "y");
    const probe = new CopyProbe(await OnnxSession.create(serializeGraph(graph), options), floats);
    await probe.measure(1);
    return probe;
  }

  /** Bytes read and written a second, of each of `runs` passes. */
  async measure(runs: number): Promise<number[]> {
    const rates: number[] = [];
    for (let run = 0; run < runs; run++) {
      const startMs = performance.now();
      await this.session.run({ x: this.feed });
      rates.push((2 * this.feed.data.byteLength * 1000) / (performance.now() - startMs));
    }
    return rates;
  }

  async close(): Promise<void> {
    await this.session.dispose();
  }
}
