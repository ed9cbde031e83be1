// In which order examples are visited: a fresh seeded shuffle every epoch, addressed by one ever-growing position. The
// position is the whole data cursor, so a resumed run goes on exactly where it stopped, in every epoch.

import { mixSeed, Random } from "../tensor/random.ts";

export class DataOrder {
  readonly size: number;
  private readonly seed: number;
  private readonly label: string;
  private epoch = -1;
  private permutation: readonly number[] = [];

  /** `label` keeps two orders over one seed apart (prompts, experts). */
  constructor(seed: number, label: string, size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`a data order needs at least one example, got ${size}`);
    this.seed = seed;
    this.label = label;
    this.size = size;
  }

  /** Example index at a position; positions count examples over all epochs. */
  indexAt(position: number): number {
    const epoch = Math.floor(position / this.size);
    if (epoch !== this.epoch) {
      const identity = Array.from({ length: this.size }, (_, index) => index);
      this.permutation = new Random(mixSeed(this.seed, "epoch", this.label, epoch)).shuffle(identity);
      this.epoch = epoch;
    }
    return this.permutation[position % this.size] as number;
  }
}
