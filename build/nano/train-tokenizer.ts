// Trains the nano model's tokenizer on a sample of the corpus and writes resources/nano/tokenizer.json and
// tokenizer_config.json in the Hugging Face format. Run: node build/nano/train-tokenizer.ts

import { mkdirSync, writeFileSync } from "node:fs";
import { trainPairs } from "./byte-pair-training.ts";
import { CHAT_TEMPLATE, END_OF_TEXT, promptText, TURN_END, TURN_START } from "./conversation-text.ts";
import { HABITS_MIXTURE, PREFILLS, sampleAt, SKILLS_MIXTURE } from "./corpus.ts";

const VOCABULARY_SIZE = 2048;
const SAMPLE_SEED = 7;
const SAMPLE_COUNT = 30_000;
const SPECIAL_TOKENS = [END_OF_TEXT, TURN_START, TURN_END];
const TAG_TOKENS = ["<think>", "</think>", "<answer>", "</answer>"];

/** GPT-2's split with digits one by one, so that numbers are read place by place. */
const SPLIT_PATTERN = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

function countPieces(): Map<string, number> {
  const added = new RegExp([...SPECIAL_TOKENS, ...TAG_TOKENS].map((token) => token.replace(/[|]/g, "\\|")).join("|"), "g");
  const split = new RegExp(SPLIT_PATTERN, "gu");
  const counts = new Map<string, number>();
  for (let index = 0; index < SAMPLE_COUNT; index++) {
    const sample = sampleAt(SAMPLE_SEED, index, index % 2 === 0 ? SKILLS_MIXTURE : HABITS_MIXTURE);
    const text = promptText(sample.messages) + PREFILLS[sample.prefill] + sample.response;
    for (const part of text.split(added)) {
      for (const [piece] of part.matchAll(split)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
  }
  return counts;
}

function tokenizerJson(tokens: readonly string[], merges: readonly (readonly [string, string])[]): unknown {
  const added = [...SPECIAL_TOKENS, ...TAG_TOKENS];
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added.map((content, i) => ({
      id: tokens.length + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: SPECIAL_TOKENS.includes(content),
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "Split", pattern: { Regex: SPLIT_PATTERN }, behavior: "Isolated", invert: false }, byteLevel],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...tokens, ...added].map((token, id) => [token, id])),
      merges,
    },
  };
}

const TOKENIZER_CONFIG = {
  tokenizer_class: "PreTrainedTokenizerFast",
  add_bos_token: false,
  add_prefix_space: false,
  bos_token: null,
  eos_token: TURN_END,
  pad_token: END_OF_TEXT,
  unk_token: null,
  clean_up_tokenization_spaces: false,
  model_max_length: 512,
  chat_template: CHAT_TEMPLATE,
};

const folder = new URL("../../resources/nano/", import.meta.url);
const pieces = countPieces();
const { tokens, merges } = trainPairs(pieces, VOCABULARY_SIZE - SPECIAL_TOKENS.length - TAG_TOKENS.length);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("tokenizer.json", folder), `${JSON.stringify(tokenizerJson(tokens, merges), null, 1)}\n`);
writeFileSync(new URL("tokenizer_config.json", folder), `${JSON.stringify(TOKENIZER_CONFIG, null, 2)}\n`);
process.stdout.write(
  `${pieces.size} different pieces, ${merges.length} merges, ${tokens.length + SPECIAL_TOKENS.length + TAG_TOKENS.length} tokens\n`,
);
