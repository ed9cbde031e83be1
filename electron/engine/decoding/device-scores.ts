// A batch that decodes on a device and gives its logits to the host, for those who do more with them than draw: a judge asks for the
// probabilities of two words. Costs a row of V numbers for each prompt and step.

import type { DecodeBatch, StepScores } from "./language-model.ts";
import type { DeviceRows } from "./device-rows.ts";

export class DeviceScores implements DecodeBatch {
  readonly type = "scores";
  readonly promptLogits: Float32Array;
  private readonly rows: DeviceRows;

  /** `rows` of a session that keeps its logits in host memory; owned by the batch. */
  constructor(rows: DeviceRows, promptLogits: Float32Array) {
    this.rows = rows;
    this.promptLogits = promptLogits;
  }

  /** Logits whatever the temperature. */
  async step(tokenIds: Int32Array): Promise<StepScores> {
    const { host } = await this.rows.step(tokenIds);
    return { type: "logits", data: host["logits"]?.data as Float32Array };
  }

  keepRows(indices: readonly number[]): void {
    this.rows.keepRows(indices);
  }

  dispose(): void {
    this.rows.dispose();
  }
}
