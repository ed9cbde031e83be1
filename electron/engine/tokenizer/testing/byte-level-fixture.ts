// A byte-level BPE tokenizer of a few hundred tokens with a ChatML-like template, made by code, for tests.

import type { JsonObject } from "../tokenizer-files.ts";

/** The printable stand-in for every byte (GPT-2): visible Latin-1 stands for itself, the rest is moved to U+0100 and up. */
function byteSymbols(): string[] {
  const symbols: string[] = [];
  let moved = 0;
  for (let byte = 0; byte < 256; byte++) {
    const isVisible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    symbols.push(String.fromCharCode(isVisible ? byte : 256 + moved++));
  }
  return symbols;
}

export const FIXTURE_MERGES = [
  ["h", "e"],
  ["l", "l"],
  ["he", "ll"],
  ["hell", "o"],
  ["Ġ", "w"],
  ["Ċ", "Ċ"],
] as const;
export const FIXTURE_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] as const;
export const FIXTURE_TAGS = ["<think>", "</think>", "<answer>", "</answer>"] as const;
/** Bytes take ids 0-255, merges follow, then the special tokens, then the tags. */
export const FIRST_MERGE_ID = 256;
export const FIRST_SPECIAL_ID = FIRST_MERGE_ID + FIXTURE_MERGES.length;

export const FIXTURE_TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export const FIXTURE_CONFIG = {
  eos_token: { content: "<|im_end|>", special: true },
  pad_token: "<|endoftext|>",
  bos_token: null,
  chat_template: FIXTURE_TEMPLATE,
} satisfies JsonObject;

export function fixtureDefinition(): JsonObject {
  const vocab: Record<string, number> = {};
  let nextId = 0;
  for (const symbol of byteSymbols()) vocab[symbol] = nextId++;
  for (const [left, right] of FIXTURE_MERGES) vocab[left + right] = nextId++;
  const added = [...FIXTURE_SPECIAL, ...FIXTURE_TAGS].map((content, index) => ({
    id: FIRST_SPECIAL_ID + index,
    content,
    special: index < FIXTURE_SPECIAL.length,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  return {
    version: "1.0",
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", unk_token: null, vocab, merges: FIXTURE_MERGES.map((pair) => pair.join(" ")) },
  };
}
