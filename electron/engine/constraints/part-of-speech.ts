// Whether an English text begins with a verb, by the tagger of "compromise". The public checker's tagger, a perceptron trained on
// newspaper sentences, has no port with its weights; "compat" imitates how it errs. Owns no rule.

import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { english } from "./english.ts";
import { treebankTokens } from "./treebank-tokens.ts";

interface Term {
  readonly text: string;
  readonly tags: readonly string[];
}

/** What the tagger looks at; the first word's tag hangs on its neighbours only. */
const LOOKED_AT = 300;
const SHORT = 3;
/** Short verbs that begin enough newspaper sentences to be known with a capital. */
const KNOWN_SHORT = new Set(["is", "do", "let", "get", "go", "see"]);
/** Always the same tag in small letters, so the tagger looked them up and learned nothing that would help with their capital forms. */
const ONLY_KNOWN_SMALL = new Set(["are", "was", "were", "has", "did", "been", "became"]);
const BASE_FORM = /^(?:Infinitive|Imperative)$/;

/**
 * "corrected": the first word, whatever its case and the marks before it, is a verb; an imperative is one.
 * "compat": the first token is one, and the reference would not take it for a name, as it does with capitalised words it hardly
 * knows: very short ones, and base forms with a noun or an adjective behind them ("Build strong teams").
 */
export function startsWithVerb(text: string, mode: CheckMode): boolean {
  const beginning = text.slice(0, LOOKED_AT);
  const token = treebankTokens(beginning)[0]?.text ?? "";
  if (mode === "corrected") return isVerb(tagged(lowerFirst(beginning.replace(/^[^\p{L}]+/u, "")))[0]);
  if (!/^\p{L}/u.test(token)) return false;
  const [first, second] = tagged(lowerFirst(beginning));
  if (!isVerb(first) || first?.tags.includes("Modal") === true) return false;
  if (!/^\p{Lu}/u.test(token)) return true;
  if (ONLY_KNOWN_SMALL.has(token.toLowerCase())) return false;
  if (token.length <= SHORT) return KNOWN_SHORT.has(token.toLowerCase());
  const isBaseForm = first?.tags.some((tag) => BASE_FORM.test(tag)) === true && !first.tags.includes("Gerund");
  return !(isBaseForm && looksLikeName(second));
}

/** A noun (no pronoun) or an adjective: what makes the capitalised word before it look like part of a name. */
function looksLikeName(term: Term | undefined): boolean {
  return term !== undefined && (term.tags.includes("Noun") || term.tags.includes("Adjective")) && !term.tags.includes("Pronoun");
}

function isVerb(term: Term | undefined): boolean {
  return term?.tags.includes("Verb") === true;
}

/** Terms of the first sentence with their tags. */
function tagged(text: string): readonly Term[] {
  const sentences = english()(text).json({ terms: { tags: true } }) as readonly { readonly terms: readonly Term[] }[];
  return sentences[0]?.terms ?? [];
}

function lowerFirst(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
  return text === "" ? "" : first.toLowerCase() + text.slice(first.length);
}
