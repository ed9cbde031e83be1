// Keys and values of the sampled tokens, one slice per row, in host memory where the decode graph reads them in place. Capacity
// grows in steps, so that little is read that is not there yet. Does not own prompts (prompt-cache.ts) or graphs.

/** Tokens a growth step adds: smaller reads less padding, larger moves the cache less often. */
const CAPACITY_STEP = 32;

export interface RowCacheShape {
  readonly layers: number;
  readonly numKvHeads: number;
  readonly headDim: number;
}

/** Buffers that outlive a batch, so that the next one does not fault in fresh pages. */
export type BufferPool = Float32Array<ArrayBuffer>[];

export class RowCache {
  /** Live rows, sampled tokens stored, and tokens each slice has room for. */
  rows: number;
  length = 0;
  capacity: number;
  private readonly shape: RowCacheShape;
  private readonly maxLength: number;
  private readonly keys: Float32Array<ArrayBuffer>[];
  private readonly values: Float32Array<ArrayBuffer>[];

  constructor(shape: RowCacheShape, rows: number, maxLength: number, pool: BufferPool) {
    this.shape = shape;
    this.rows = rows;
    this.maxLength = Math.max(1, maxLength);
    this.capacity = Math.min(CAPACITY_STEP, this.maxLength);
    const size = rows * shape.numKvHeads * this.maxLength * shape.headDim;
    const take = () => {
      const spare = pool.findIndex((buffer) => buffer.length >= size);
      if (spare >= 0) return pool.splice(spare, 1)[0] as Float32Array<ArrayBuffer>;
      pool.pop();
      // Untouched pages of a fresh buffer cost nothing, so it can have room for the longest row at once.
      return new Float32Array(size);
    };
    this.keys = Array.from({ length: shape.layers }, take);
    this.values = Array.from({ length: shape.layers }, take);
  }

  /** Gives every buffer back. */
  release(pool: BufferPool): void {
    pool.push(...this.keys.splice(0), ...this.values.splice(0));
  }

  /** [rows Hkv, capacity, D] of one layer, without a copy. Tokens past `length` are old numbers, to be masked. */
  layer(layer: number): { readonly key: Float32Array<ArrayBuffer>; readonly value: Float32Array<ArrayBuffer> } {
    const size = this.rows * this.shape.numKvHeads * this.capacity * this.shape.headDim;
    return {
      key: (this.keys[layer] as Float32Array<ArrayBuffer>).subarray(0, size),
      value: (this.values[layer] as Float32Array<ArrayBuffer>).subarray(0, size),
    };
  }

  /** Stores one token's keys and values [rows, Hkv D] of one layer at position `length`; `advance` follows the last layer. */
  store(layer: number, key: Float32Array, value: Float32Array): void {
    this.scatter(key, this.keys[layer] as Float32Array<ArrayBuffer>);
    this.scatter(value, this.values[layer] as Float32Array<ArrayBuffer>);
  }

  /** Counts the stored token; true when the slices were moved apart to make room for the next one. */
  advance(): boolean {
    this.length++;
    if (this.length < this.capacity || this.capacity === this.maxLength) return false;
    const capacity = Math.min(this.capacity + CAPACITY_STEP, this.maxLength);
    for (const buffer of [...this.keys, ...this.values]) this.restride(buffer, capacity);
    this.capacity = capacity;
    return true;
  }

  /** Row i becomes what row indices[i] was; indices[i] >= i. */
  keepRows(indices: readonly number[]): void {
    const rowSize = this.shape.numKvHeads * this.capacity * this.shape.headDim;
    for (const buffer of [...this.keys, ...this.values]) {
      indices.forEach((from, to) => {
        if (from !== to) buffer.copyWithin(to * rowSize, from * rowSize, (from + 1) * rowSize);
      });
    }
    this.rows = indices.length;
  }

  /** Two float32 at a time: headDim is even, and this runs for every token of every layer. */
  private scatter(source: Float32Array, target: Float32Array): void {
    const { numKvHeads, headDim } = this.shape;
    const from = new Float64Array(source.buffer, source.byteOffset, source.length >> 1);
    const to = new Float64Array(target.buffer, target.byteOffset, target.length >> 1);
    const size = headDim >> 1;
    const slices = this.rows * numKvHeads;
    const stride = this.capacity * size;
    let read = 0;
    for (let slice = 0; slice < slices; slice++) {
      const start = slice * stride + this.length * size;
      for (let i = 0; i < size; i++) to[start + i] = from[read++] as number;
    }
  }

  /** From the last slice to the first, because every slice moves up. */
  private restride(buffer: Float32Array, capacity: number): void {
    const { numKvHeads, headDim } = this.shape;
    const used = this.length * headDim;
    for (let slice = this.rows * numKvHeads - 1; slice > 0; slice--) {
      const from = slice * this.capacity * headDim;
      buffer.copyWithin(slice * capacity * headDim, from, from + used);
    }
  }
}
