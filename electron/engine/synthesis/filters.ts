// The filters of RAIF's data synthesis that need no model: language inconsistency, answer leakage, length violation. The other four
// (hallucination, ill-defined, contradictory, unsafe) are a model's judgement; their instruction's contradictions are also searched here.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { detectLanguages } from "../constraints/language.ts";
import { mainScript } from "../data-quality/languages.ts";
import { hashTokens, textTokens, windowHashes } from "../data-quality/text-tokens.ts";

export interface LengthLimits {
  /** Characters. */
  readonly instruction: number;
  readonly think: number;
  readonly answer: number;
}

export const DEFAULT_LENGTH_LIMITS: LengthLimits = { instruction: 6000, think: 24_000, answer: 12_000 };

const LEAST_LETTERS_FOR_LANGUAGE = 60;
const CERTAIN_LANGUAGE = 0.9;
const LEAK_WORDS = 8;
/** Share of the answer's word sequences that may stand in the request. */
const MAX_LEAK = 0.3;

/** Why a record is not to be kept; undefined when it is. The record has a demonstration. */
export function filterReason(record: InstructionRecord, limits: LengthLimits): string | undefined {
  const { expert, messages } = record;
  if (expert === undefined) return "no demonstration";
  const request = messages.map(({ content }) => content).join("\n");
  return lengthReason(request, expert, limits) ?? languageReason(request, expert.answer) ?? leakReason(request, expert.answer);
}

function lengthReason(
  request: string,
  expert: { readonly think: string; readonly answer: string },
  limits: LengthLimits,
): string | undefined {
  const parts = [
    ["instruction", request, limits.instruction],
    ["reasoning", expert.think, limits.think],
    ["answer", expert.answer, limits.answer],
  ] as const;
  const over = parts.find(([, text, most]) => text.length > most);
  return over === undefined ? undefined : `length violation: the ${over[0]} has more than ${over[2]} characters`;
}

function languageReason(request: string, answer: string): string | undefined {
  const [asked, given] = [mainScript(request), mainScript(answer)];
  if (asked !== null && given !== null && asked !== given) return `language inconsistency: asked in ${asked}, answered in ${given}`;
  const [language, other] = [certainLanguage(request), certainLanguage(answer)];
  if (language === undefined || other === undefined || language === other) return undefined;
  return `language inconsistency: asked in "${language}", answered in "${other}"`;
}

/** Undefined for short texts and where it is not clear. */
function certainLanguage(text: string): string | undefined {
  if ((text.match(/\p{L}/gu)?.length ?? 0) < LEAST_LETTERS_FOR_LANGUAGE) return undefined;
  const [best] = detectLanguages(text) ?? [];
  return best !== undefined && best.probability >= CERTAIN_LANGUAGE ? best.language.slice(0, 2) : undefined;
}

function leakReason(request: string, answer: string): string | undefined {
  const windows = new Set(windowHashes(hashTokens(textTokens(answer)), LEAK_WORDS));
  const asked = new Set(windowHashes(hashTokens(textTokens(request)), LEAK_WORDS));
  const shared = [...windows].filter((window) => asked.has(window)).length;
  return windows.size > 0 && shared > MAX_LEAK * windows.size ? "answer leakage: much of the answer stands in the instruction" : undefined;
}
