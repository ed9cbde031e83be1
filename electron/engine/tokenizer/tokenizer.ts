// Text to token ids and back, for one tokenizer.json. Wraps @huggingface/tokenizers; adds exact decoding (no clean-up of spaces),
// errors that name file and field, and the special tokens. Streaming is stream-decoder.ts, chat templates are chat-template.ts.

import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { WorkbenchError } from "../../../shared/errors.ts";
import { StreamDecoder } from "./stream-decoder.ts";
import { isJsonObject, readTokenizerJson, specialTokens } from "./tokenizer-files.ts";
import type { JsonObject, SpecialTokenRole } from "./tokenizer-files.ts";

export interface EncodeOptions {
  /** True adds what the post-processor adds (usually a begin token). Rendered chat templates already hold theirs. Default false. */
  readonly addSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leaves out tokens that tokenizer.json marks special. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** The part of the wrapped library that is used; its own declarations do not resolve under this project's module settings. */
interface WrappedTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: number[]; readonly tokens: string[] };
  decode(ids: readonly number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): ReadonlyMap<number, { readonly special: boolean }>;
  get_vocab(withAddedTokens: boolean): ReadonlyMap<string, number>;
}

const WrappedTokenizerClass = HuggingFaceTokenizer as unknown as new (definition: JsonObject, config: JsonObject) => WrappedTokenizer;

/** Files from before the field existed hold byte-pair encodings. */
const MODEL_TYPES: ReadonlySet<string> = new Set(["BPE", "Unigram", "WordPiece"]);

export class Tokenizer {
  /** One past the highest id; the model's vocabulary may be larger (padding), never smaller. */
  readonly vocabSize: number;
  /** Ends an assistant turn. Null when the files name none. */
  readonly eosTokenId: number | null;
  readonly bosTokenId: number | null;
  readonly padTokenId: number | null;
  /** Ids that tokenizer.json marks special. */
  readonly specialIds: ReadonlySet<number>;
  /** Text of the special tokens by role; chat templates see these. */
  readonly specialTokens: Readonly<Partial<Record<SpecialTokenRole, string>>>;
  private readonly inner: WrappedTokenizer;

  private constructor(inner: WrappedTokenizer, config: JsonObject, where: string) {
    this.inner = inner;
    this.specialTokens = specialTokens(config, where);
    const added = inner.get_added_tokens_decoder();
    this.specialIds = new Set([...added].filter(([, token]) => token.special).map(([id]) => id));
    let highest = -1;
    for (const id of inner.get_vocab(true).values()) highest = Math.max(highest, id);
    for (const id of added.keys()) highest = Math.max(highest, id);
    this.vocabSize = highest + 1;
    this.eosTokenId = this.specialId("eos_token", where);
    this.bosTokenId = this.specialId("bos_token", where);
    this.padTokenId = this.specialId("pad_token", where);
  }

  /** Reads tokenizer.json and tokenizer_config.json. Throws "invalid-tokenizer" for missing or broken files. */
  static async load(folder: string): Promise<Tokenizer> {
    const [definition, config] = await Promise.all([
      readTokenizerJson(folder, "tokenizer.json"),
      readTokenizerJson(folder, "tokenizer_config.json"),
    ]);
    if (definition === null) throw missingFile(join(folder, "tokenizer.json"));
    if (config === null) throw missingFile(join(folder, "tokenizer_config.json"));
    return Tokenizer.fromJson(definition, config, folder);
  }

  /** From the parsed files; `folder` only serves error messages. Throws "invalid-tokenizer". */
  static fromJson(definition: JsonObject, config: JsonObject, folder = "."): Tokenizer {
    const where = join(folder, "tokenizer.json");
    checkDefinition(definition, where);
    let inner: WrappedTokenizer;
    try {
      inner = new WrappedTokenizerClass(definition, config);
    } catch (cause) {
      const got = cause instanceof Error ? cause.message : String(cause);
      throw new WorkbenchError("invalid-tokenizer", "the tokenizer cannot be built", { where, got }, { cause });
    }
    return new Tokenizer(inner, config, join(folder, "tokenizer_config.json"));
  }

  /** Throws "invalid-tokenizer" (naming `folder`) when some id would have no row in an embedding of `modelVocabSize` rows. */
  requireFits(modelVocabSize: number, folder?: string): void {
    if (this.vocabSize <= modelVocabSize) return;
    throw new WorkbenchError("invalid-tokenizer", "the tokenizer has more tokens than the model", {
      ...(folder === undefined ? {} : { where: folder }),
      expected: `at most ${modelVocabSize} tokens`,
      got: `${this.vocabSize} tokens`,
    });
  }

  encode(text: string, options: EncodeOptions = {}): number[] {
    if (text === "" && options.addSpecialTokens !== true) return [];
    const { ids, tokens } = this.inner.encode(text, { add_special_tokens: options.addSpecialTokens ?? false });
    const unknown = ids.findIndex((id) => !Number.isInteger(id));
    if (unknown >= 0) {
      const got = JSON.stringify(tokens[unknown]);
      throw new WorkbenchError("invalid-tokenizer", "a piece of the text has no token and there is no unknown token", { got });
    }
    return ids;
  }

  /** The exact text: no clean-up of spaces. Ids without a token (padding rows of the embedding) decode to nothing. */
  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    const skipSpecial = options.skipSpecialTokens ?? false;
    const known = ids.filter((id) => this.inner.id_to_token(id) !== undefined && !(skipSpecial && this.specialIds.has(id)));
    if (known.length === 0) return "";
    return this.inner.decode(known, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  }

  /** Decodes token by token, for text that grows while it is sampled. */
  streamDecoder(options: DecodeOptions = {}): StreamDecoder {
    return new StreamDecoder((ids) => this.decode(ids, options));
  }

  tokenId(token: string): number | undefined {
    return this.inner.token_to_id(token);
  }

  private specialId(role: SpecialTokenRole, where: string): number | null {
    const token = this.specialTokens[role];
    if (token === undefined) return null;
    const id = this.tokenId(token);
    if (id !== undefined) return id;
    // A pad or begin token that the vocabulary lacks is never produced; without an end token nothing would stop.
    if (role !== "eos_token") return null;
    throw new WorkbenchError("invalid-tokenizer", "the end token is not in the vocabulary", {
      where: `${where}: ${role}`,
      expected: "a known token",
      got: token,
    });
  }
}

function missingFile(where: string): WorkbenchError {
  return new WorkbenchError("invalid-tokenizer", "the file is missing", {
    where,
    hint: "Model folders need tokenizer.json and tokenizer_config.json.",
  });
}

/** What the wrapped library would take silently or report without a place. */
function checkDefinition(definition: JsonObject, where: string): void {
  const model = definition["model"];
  if (!isJsonObject(model)) throw invalidField(where, "model", "an object", model);
  const type = model["type"] ?? "BPE";
  if (typeof type !== "string" || !MODEL_TYPES.has(type)) throw invalidField(where, "model.type", [...MODEL_TYPES].join(", "), type);
  const vocab = model["vocab"];
  if (!isJsonObject(vocab) && !Array.isArray(vocab)) throw invalidField(where, "model.vocab", "tokens and their ids", vocab);
  if (!Array.isArray(definition["added_tokens"])) throw invalidField(where, "added_tokens", "a list", definition["added_tokens"]);
  const steps = (node: unknown): unknown[] => (isJsonObject(node) ? [node, ...[node["pretokenizers"] ?? []].flat().flatMap(steps)] : []);
  for (const step of steps(definition["pre_tokenizer"])) {
    const behavior = isJsonObject(step) && step["type"] === "Split" ? step["behavior"] : undefined;
    if (behavior !== undefined && behavior !== "Isolated" && behavior !== "Removed") {
      throw invalidField(where, "pre_tokenizer.behavior", '"Isolated" or "Removed"', behavior);
    }
  }
}

function invalidField(where: string, field: string, expected: string, got: unknown): WorkbenchError {
  const shown = got === undefined ? "nothing" : JSON.stringify(got).slice(0, 80);
  return new WorkbenchError("invalid-tokenizer", `field "${field}" is missing or not usable`, {
    where: `${where}: ${field}`,
    expected,
    got: shown,
  });
}
