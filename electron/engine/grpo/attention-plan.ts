// Which tokens attend to which, as blocks for model/attention-blocks.ts: equal runs of consecutive tokens as queries, each with the keys
// that any of them may see, and runs that need about as many keys together. Knows spans of tokens, not samples.

import { BLOCK_GROUPS, blockSymbols } from "../model/attention-blocks.ts";
import { float32, int64, type HostTensor } from "../tensor/tensor.ts";

/** Tokens start to end of the list, each of which sees those before it, and first all of another span: the prompt that it answers. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
  readonly prompt?: { readonly start: number; readonly end: number };
}

/** Fewer are no work for a matrix product, more see too much that is masked. */
const BLOCK_QUERIES = 128;
/** What makes -1e9 of float32 scores nothing after softmax. */
const HIDDEN = -1e9;

interface Range {
  readonly start: number;
  end: number;
}

interface Block {
  readonly start: number;
  readonly end: number;
  /** Ascending, apart from each other. */
  readonly keys: readonly Range[];
  readonly keyCount: number;
}

function queriesOf(block: Block | undefined): number {
  return block === undefined ? 0 : block.end - block.start;
}

function mostKeys(blocks: readonly Block[]): number {
  return Math.max(...blocks.map(({ keyCount }) => keyCount));
}

/** The spans, and one of padding where they hold fewer tokens than there are groups. */
export function enoughTokens(spans: readonly TokenSpan[]): readonly TokenSpan[] {
  const start = spans.at(-1)?.end ?? 0;
  return start < BLOCK_GROUPS ? [...spans, { start, end: BLOCK_GROUPS }] : spans;
}

/** Feeds of attentionInBlocks for spans that follow one another from 0, of enough tokens; `window` as DecoderConfig.slidingWindow. */
export function attentionFeeds(spans: readonly TokenSpan[], window: number | null): Record<string, HostTensor> {
  const N = spans.at(-1)?.end ?? 0;
  const feeds: Record<string, HostTensor> = {};
  const [starts, strides, offsets] = [new BigInt64Array(N), new BigInt64Array(N), new BigInt64Array(N)];
  let before = 0;
  planGroups(cutBlocks(spans, N)).forEach((blocks, index) => {
    const [Q, L] = [queriesOf(blocks[0]), mostKeys(blocks)];
    Object.assign(feeds, groupFeeds(`blocks/${index}`, blocks, spans, { Q, L, window }));
    for (const { start, end } of blocks) {
      for (let token = start; token < end; token++) {
        starts[token] = BigInt(before);
        strides[token] = BigInt(Q);
        offsets[token] = BigInt(token - start);
      }
      before += Q;
    }
  });
  feeds["blocks/starts"] = int64([N], starts);
  feeds["blocks/strides"] = int64([N], strides);
  feeds["blocks/offsets"] = int64([N], offsets);
  return feeds;
}

/** Sizes of attentionInBlocks' symbols for such feeds. */
export function blockSizes(spans: readonly TokenSpan[]): Record<string, number> {
  const sizes: Record<string, number> = {};
  planGroups(cutBlocks(spans, spans.at(-1)?.end ?? 0)).forEach((blocks, group) => {
    const { C, Q, L } = blockSymbols(group);
    [sizes[C], sizes[Q], sizes[L]] = [blocks.length, queriesOf(blocks[0]), mostKeys(blocks)];
  });
  return sizes;
}

/** Runs of equally many tokens, the last of what is left; at least BLOCK_GROUPS. */
function cutBlocks(spans: readonly TokenSpan[], N: number): Block[] {
  if (N < BLOCK_GROUPS) throw new Error(`attention in blocks needs at least ${BLOCK_GROUPS} tokens, got ${N}`);
  const size = Math.min(BLOCK_QUERIES, Math.floor(N / BLOCK_GROUPS));
  const blocks: Block[] = [];
  for (let start = 0; start < N; start += size) {
    const end = Math.min(N, start + size);
    const keys = visibleTo(spans, start, end);
    blocks.push({ start, end, keys, keyCount: keys.reduce((sum, range) => sum + range.end - range.start, 0) });
  }
  return blocks;
}

/** What tokens start to end may see together. */
function visibleTo(spans: readonly TokenSpan[], start: number, end: number): Range[] {
  const seen = spans
    .filter((span) => span.end > start && span.start < end)
    .flatMap((span) => [...(span.prompt === undefined ? [] : [span.prompt]), { start: span.start, end: Math.min(span.end, end) }])
    .toSorted((a, b) => a.start - b.start);
  const merged: Range[] = [];
  for (const range of seen) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end) merged.push({ ...range });
    else last.end = Math.max(last.end, range.end);
  }
  return merged;
}

/** BLOCK_GROUPS lists of blocks with equally many queries, so that padding all to the most keys of theirs costs least. */
function planGroups(blocks: readonly Block[]): Block[][] {
  const rest = blocks.filter((block) => queriesOf(block) < queriesOf(blocks[0]));
  const whole = blocks.filter((block) => !rest.includes(block)).toSorted((a, b) => a.keyCount - b.keyCount || a.start - b.start);
  return [...cheapestCuts(whole, BLOCK_GROUPS - rest.length), ...rest.map((block) => [block])];
}

/** Cuts blocks of ascending size into `parts` runs with the least sum of (blocks of a run) x (keys of its last). */
function cheapestCuts(blocks: readonly Block[], parts: number): Block[][] {
  const count = blocks.length;
  // costs[p][n]: the first n blocks in p runs; cuts: where the last of these begins.
  const costs = [[0, ...blocks.map(() => Infinity)]];
  const cuts: number[][] = [[]];
  for (let p = 1; p <= parts; p++) {
    const [row, cut, previous] = [[Infinity], [0], costs[p - 1] as number[]];
    for (let n = 1; n <= count; n++) {
      let [best, at] = [Infinity, 0];
      for (let first = p - 1; first < n; first++) {
        const cost = (previous[first] as number) + (n - first) * (blocks[n - 1] as Block).keyCount;
        if (cost < best) [best, at] = [cost, first];
      }
      row.push(best);
      cut.push(at);
    }
    costs.push(row);
    cuts.push(cut);
  }
  const runs: Block[][] = [];
  for (let [p, end] = [parts, count]; end > 0; p--) {
    const first = cuts[p]?.[end] as number;
    runs.unshift(blocks.slice(first, end));
    end = first;
  }
  return runs;
}

interface GroupSizes {
  readonly Q: number;
  readonly L: number;
  readonly window: number | null;
}

function groupFeeds(
  name: string,
  blocks: readonly Block[],
  spans: readonly TokenSpan[],
  { Q, L, window }: GroupSizes,
): Record<string, HostTensor> {
  const C = blocks.length;
  const [queries, keys] = [new BigInt64Array(C * Q), new BigInt64Array(C * L)];
  const bias = new Float32Array(C * Q * L).fill(HIDDEN);
  const windowed = window === null ? undefined : new Float32Array(C * Q * L).fill(HIDDEN);
  blocks.forEach((block, c) => {
    for (let i = 0; i < Q; i++) queries[c * Q + i] = BigInt(block.start + i);
    let slot = c * L;
    for (const { start, end } of block.keys) for (let token = start; token < end; token++) keys[slot++] = BigInt(token);
    const rows = (all: Float32Array) => all.subarray(c * Q * L, (c + 1) * Q * L);
    openVisible(rows(bias), block, spans, L, Infinity);
    if (windowed !== undefined) openVisible(rows(windowed), block, spans, L, window ?? Infinity);
  });
  return {
    [`${name}/queries`]: int64([C, Q], queries),
    [`${name}/keys`]: int64([C, L], keys),
    [`${name}/bias`]: float32([C, 1, Q, L], bias),
    ...(windowed === undefined ? {} : { [`${name}/windowedBias`]: float32([C, 1, Q, L], windowed) }),
  };
}

/** Sets to 0 what each query of a block may see: rows of L keys. */
function openVisible(rows: Float32Array, block: Block, spans: readonly TokenSpan[], L: number, window: number): void {
  const slotOf = (token: number): number => {
    let slot = 0;
    for (const { start, end } of block.keys) {
      if (token < end) return slot + token - start;
      slot += end - start;
    }
    return slot;
  };
  for (const span of spans) {
    for (let token = Math.max(span.start, block.start); token < Math.min(span.end, block.end); token++) {
      const row = (token - block.start) * L;
      // Of its own span and the prompt before it, the last `window` positions.
      const first = Math.max(span.start, token - window + 1);
      const own = slotOf(first);
      rows.fill(0, row + own, row + own + token + 1 - first);
      if (span.prompt === undefined) continue;
      const left = window - (token + 1 - span.start);
      const from = Math.max(span.prompt.start, span.prompt.end - left);
      const slot = slotOf(from);
      if (from < span.prompt.end) rows.fill(0, row + slot, row + slot + span.prompt.end - from);
    }
  }
}
