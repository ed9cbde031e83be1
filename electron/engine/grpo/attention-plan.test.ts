// Plans against the rule itself, token by token: a token sees those before it in its span and the prompt that the span answers, as far
// as the window reaches.

import { describe, expect, it } from "vitest";
import { BLOCK_GROUPS } from "../model/attention-blocks.ts";
import type { HostTensor } from "../tensor/tensor.ts";
import { attentionFeeds, type TokenSpan } from "./attention-plan.ts";

/** Prompts with their responses, and sequences on their own, as lists of lengths. */
function spansOf(bundles: readonly (readonly [first: number, ...responses: number[]])[]): TokenSpan[] {
  const spans: TokenSpan[] = [];
  let offset = 0;
  for (const [first, ...responses] of bundles) {
    const prompt = { start: offset, end: (offset += first) };
    spans.push(prompt, ...responses.map((length) => ({ start: offset, end: (offset += length), prompt })));
  }
  return spans;
}

const PACKINGS = {
  "as many tokens as groups": spansOf([[BLOCK_GROUPS]]),
  "a few tokens": spansOf([[3, 1, 2], [2]]),
  "a long sequence": spansOf([[450]]),
  "whole blocks alone": spansOf([[384]]),
  "responses that share a prompt": spansOf([[90, 40, 71, 12, 55, 30, 64, 20, 44], [33, 64, 64, 1], [10]]),
  "many short sequences": spansOf(Array.from({ length: 30 }, (_, i): [number] => [5 + ((i * 7) % 31)])),
};

/** Pairs of a query and a key as one number. */
const pairOf = (query: number, key: number) => 1000 * query + key;

function visible(spans: readonly TokenSpan[], window: number | null): number[] {
  const pairs: number[] = [];
  for (const { start, end, prompt } of spans) {
    for (let query = start; query < end; query++) {
      const before = [...tokens(prompt), ...tokens({ start, end: query + 1 })];
      for (const key of window === null ? before : before.slice(-window)) pairs.push(pairOf(query, key));
    }
  }
  return pairs.toSorted((a, b) => a - b);
}

function tokens(range: { readonly start: number; readonly end: number } = { start: 0, end: 0 }): number[] {
  return Array.from({ length: range.end - range.start }, (_, i) => range.start + i);
}

interface Group {
  readonly queries: HostTensor;
  readonly keys: HostTensor;
  readonly bias: HostTensor;
}

function groupsOf(feeds: Readonly<Record<string, HostTensor>>, bias: "bias" | "windowedBias"): Group[] {
  const feed = (name: string) => feeds[`blocks/${name}`] as HostTensor;
  return Array.from({ length: BLOCK_GROUPS }, (_, g) => ({
    queries: feed(`${g}/queries`),
    keys: feed(`${g}/keys`),
    bias: feed(`${g}/${bias}`),
  }));
}

/** Pairs that the biases let through, ascending, as often as they do. */
function opened(groups: readonly Group[]): number[] {
  const pairs: number[] = [];
  for (const { queries, keys, bias } of groups) {
    const [C = 0, , Q = 0, L = 0] = bias.shape;
    expect([queries.shape, keys.shape]).toEqual([[C, Q], [C, L]]); // prettier-ignore
    const values = bias.data as Float32Array;
    expect(values.every((value) => value === 0 || value === -1e9)).toBe(true);
    values.forEach((value, index) => {
      if (value !== 0) return;
      const [block, i, j] = [Math.floor(index / (Q * L)), Math.floor(index / L) % Q, index % L];
      pairs.push(pairOf(Number(queries.data[block * Q + i]), Number(keys.data[block * L + j])));
    });
  }
  return pairs.toSorted((a, b) => a - b);
}

describe.each(Object.entries(PACKINGS))("%s", (_name, spans) => {
  const N = spans.at(-1)?.end ?? 0;

  it.each([null, 1, 60])("lets every token see what it may, and nothing else; window %s", (window) => {
    const feeds = attentionFeeds(spans, window);
    expect(opened(groupsOf(feeds, "bias"))).toEqual(visible(spans, null));
    if (window !== null) expect(opened(groupsOf(feeds, "windowedBias"))).toEqual(visible(spans, window));
  });

  it("has every token as a query once, where the places say", () => {
    const feeds = attentionFeeds(spans, null);
    const rows = groupsOf(feeds, "bias").flatMap(({ queries }) => [...queries.data].map(Number));
    expect(rows.toSorted((a, b) => a - b)).toEqual(tokens({ start: 0, end: N }));
    const numbers = (name: string) => [...(feeds[`blocks/${name}`] as HostTensor).data].map(Number);
    const [starts, offsets, strides] = [numbers("starts"), numbers("offsets"), numbers("strides")];
    expect(starts.map((start, token) => rows[start + (offsets[token] as number)])).toEqual(tokens({ start: 0, end: N }));
    expect(Math.max(...offsets.map((offset, token) => offset - (strides[token] as number)))).toBeLessThan(0);
  });
});

it("computes far fewer scores than all tokens against all", () => {
  const scores = (spans: readonly TokenSpan[]) =>
    groupsOf(attentionFeeds(spans, null), "bias").reduce((sum, { bias }) => sum + bias.data.length, 0);
  expect(scores(PACKINGS["a long sequence"])).toBeLessThan(0.8 * 450 ** 2);
  // Two rows of the length of the longer one.
  expect(scores(PACKINGS["responses that share a prompt"])).toBeLessThan(0.5 * 2 * 426 ** 2);
});
