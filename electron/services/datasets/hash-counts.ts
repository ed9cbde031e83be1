// Small counts by hash, for millions of hashes: open addressing over typed arrays, 12 bytes a place and at most two thirds of the places
// taken. A hash is told by its first eight bytes; that two of ten million share them has a chance of one in 400,000.

const FIRST_PLACES = 1024;
const MAX_FILLED = 2 / 3;

export class HashCounts {
  private places = FIRST_PLACES;
  /** Two a place. */
  private keys = new Uint32Array(2 * FIRST_PLACES);
  /** One more than the count; 0 for a place that is free. */
  private counts = new Uint32Array(FIRST_PLACES);
  private filled = 0;

  /** Undefined for a hash that has none. */
  countOf(hash: Buffer): number | undefined {
    const kept = this.counts[this.placeOf(hash.readUInt32LE(0), hash.readUInt32LE(4))] ?? 0;
    return kept === 0 ? undefined : kept - 1;
  }

  set(hash: Buffer, count: number): void {
    this.put(hash.readUInt32LE(0), hash.readUInt32LE(4), count + 1);
    if (this.filled > this.places * MAX_FILLED) this.grow();
  }

  private put(low: number, high: number, kept: number): void {
    const place = this.placeOf(low, high);
    if (this.counts[place] === 0) {
      this.filled++;
      this.keys[2 * place] = low;
      this.keys[2 * place + 1] = high;
    }
    this.counts[place] = kept;
  }

  /** Where a hash is, or the free place where it belongs. */
  private placeOf(low: number, high: number): number {
    let place = low % this.places;
    while (this.counts[place] !== 0 && (this.keys[2 * place] !== low || this.keys[2 * place + 1] !== high))
      place = (place + 1) % this.places;
    return place;
  }

  private grow(): void {
    const { keys, counts, places } = this;
    this.places = 2 * places;
    this.keys = new Uint32Array(2 * this.places);
    this.counts = new Uint32Array(this.places);
    this.filled = 0;
    for (let place = 0; place < places; place++) {
      const kept = counts[place] ?? 0;
      if (kept !== 0) this.put(keys[2 * place] ?? 0, keys[2 * place + 1] ?? 0, kept);
    }
  }
}
