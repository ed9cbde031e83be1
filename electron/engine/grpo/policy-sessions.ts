// The sessions of a trainable policy, opened when they are first needed. Each keeps the memory its largest run took, so where
// memory is short only one is open at a time. Knows nothing of what the graphs compute.

import type { Graph } from "../onnx/graph.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession, type SessionOptions } from "../onnx/session.ts";

export type PolicyGraphs<Kind extends string> = Readonly<Record<Kind, () => Graph>>;

export class PolicySessions<Kind extends string> {
  private readonly graphs: PolicyGraphs<Kind>;
  private readonly options: SessionOptions;
  private readonly oneAtATime: boolean;
  private readonly opened = new Map<Kind, OnnxSession>();

  constructor(graphs: PolicyGraphs<Kind>, options: SessionOptions, oneAtATime: boolean) {
    this.graphs = graphs;
    this.options = options;
    this.oneAtATime = oneAtATime;
  }

  /** Throws "device-unavailable". */
  async open(kind: Kind): Promise<OnnxSession> {
    const known = this.opened.get(kind);
    if (known !== undefined) return known;
    if (this.oneAtATime) await this.close();
    const session = await OnnxSession.create(serializeGraph(this.graphs[kind]()), this.options);
    this.opened.set(kind, session);
    return session;
  }

  /** Gives their memory back; they open again when needed. */
  async close(): Promise<void> {
    const sessions = [...this.opened.values()];
    this.opened.clear();
    for (const session of sessions) await session.dispose();
  }
}
