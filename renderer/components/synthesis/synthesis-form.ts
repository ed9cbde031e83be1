// The form of a synthesis as texts: from a request that there was, and to a request.

import type { InputOf } from "../../../shared/contract/contract.ts";
import { SYNTHESIS_SHAPES, type SynthesisRequest } from "../../../shared/domain/synthesis.ts";
import { mixOf, USUAL_MIX, type MixTexts } from "./mix-form.ts";

export type SynthesisWriter = SynthesisRequest["source"]["type"];

export interface SynthesisTexts {
  readonly count: string;
  readonly seed: string;
  readonly mix: MixTexts;
  readonly writer: SynthesisWriter;
  readonly baseUrl: string;
  readonly endpointModel: string;
  /** Requests at once. */
  readonly concurrency: string;
  /** Tokens; empty: no bound. */
  readonly budget: string;
  readonly questions: string;
  /** A file of requests to start from; empty: the shipped ones. */
  readonly seeds: string;
  /** Of this machine. */
  readonly model: string;
  /** Name of a dataset choice; empty: none. */
  readonly avoid: string;
  /** Only those that differ from the shipped ones. */
  readonly prompts: Readonly<Record<string, string>>;
}

export const NEW_SYNTHESIS: SynthesisTexts = {
  count: "50",
  seed: "0",
  mix: USUAL_MIX,
  writer: "templates",
  baseUrl: "http://127.0.0.1:8000/v1",
  endpointModel: "",
  concurrency: "4",
  budget: "",
  questions: "0",
  seeds: "",
  model: "nano",
  avoid: "",
  prompts: {},
};

export function textsOf({ count, seed, mix, source, tokenBudget, questions, seeds, avoid, prompts }: SynthesisRequest): SynthesisTexts {
  return {
    ...NEW_SYNTHESIS,
    count: String(count),
    seed: String(seed),
    ...(mix === undefined ? {} : { mix: mixTexts(mix) }),
    writer: source.type,
    ...(source.type === "endpoint"
      ? { baseUrl: source.baseUrl, endpointModel: source.model, concurrency: String(source.concurrency) }
      : {}),
    ...(source.type === "local" ? { model: source.model } : {}),
    budget: tokenBudget === undefined ? "" : String(tokenBudget),
    questions: String(questions),
    seeds: seeds ?? "",
    avoid: avoid[0] ?? "",
    prompts,
  };
}

function mixTexts(mix: NonNullable<SynthesisRequest["mix"]>): MixTexts {
  const shares = SYNTHESIS_SHAPES.map((shape) => {
    const weight = mix.filter((part) => part.shape === shape).reduce((sum, part) => sum + part.weight, 0);
    return [shape, String(weight)] as const;
  });
  return Object.fromEntries(shares) as unknown as MixTexts;
}

const whole = (text: string): number | undefined => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined);

/** Undefined while something is missing or makes no sense. */
export function requestOf(texts: SynthesisTexts): InputOf<"synthesis.start"> | undefined {
  const { writer, prompts, avoid } = texts;
  const mix = mixOf(texts.mix);
  const [count, seed, questions] = [whole(texts.count), whole(texts.seed), whole(texts.questions)];
  const tokenBudget = texts.budget.trim() === "" ? undefined : (whole(texts.budget) ?? 0);
  if (mix === undefined || count === undefined || count === 0 || seed === undefined || tokenBudget === 0) return undefined;
  const common = { count, mix, seed, ...(avoid === "" ? {} : { avoid: [avoid] }) };
  if (writer === "templates") return { ...common, source: { type: "templates" } };
  if (questions === undefined || questions > 5) return undefined;
  const seeds = texts.seeds.trim();
  const written = {
    ...common,
    prompts: { ...prompts },
    questions,
    ...(tokenBudget === undefined ? {} : { tokenBudget }),
    ...(seeds === "" ? {} : { seeds }),
  };
  if (writer === "local") return { ...written, source: { type: "local", model: texts.model } };
  const [baseUrl, model, concurrency] = [texts.baseUrl.trim(), texts.endpointModel.trim(), whole(texts.concurrency)];
  if (baseUrl === "" || model === "" || concurrency === undefined || concurrency < 1 || concurrency > 64) return undefined;
  return { ...written, source: { type: "endpoint", baseUrl, model, concurrency } };
}
