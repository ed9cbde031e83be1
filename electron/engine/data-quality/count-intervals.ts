// Contradictions that can be proven: bounds on one quantity that leave no number, and literal text that one rule demands and another
// forbids. Says nothing about sets it finds no contradiction in; those are searched (answer-search.ts).

import type { RuleNode } from "../../../shared/domain/instruction.ts";

interface Bound {
  readonly quantity: string;
  readonly least: number;
  readonly most: number;
  /** What asks for it. */
  readonly source: string;
}

type Kwargs = Readonly<Record<string, unknown>>;

interface CountRule {
  readonly quantity: (kwargs: Kwargs) => string;
  readonly count: string;
  /** Name of the argument with the relation, or what the rule always means. */
  readonly relation: { readonly argument: string } | "at least" | "exactly";
}

const named = (quantity: string) => (): string => quantity;

const COUNT_RULES: Readonly<Record<string, CountRule>> = {
  "length_constraints:number_words": { quantity: named("words"), count: "num_words", relation: { argument: "relation" } },
  "raif:exact_words": { quantity: named("words"), count: "count", relation: "exactly" },
  // Each different word of the list, and each number of a numbered list, is a word of the answer.
  "raif:words_from": { quantity: named("words"), count: "at_least", relation: "at least" },
  "raif:numbered_list": { quantity: named("words"), count: "count", relation: "at least" },
  "length_constraints:number_sentences": { quantity: named("sentences"), count: "num_sentences", relation: { argument: "relation" } },
  "length_constraints:number_paragraphs": { quantity: named("paragraphs"), count: "num_paragraphs", relation: "exactly" },
  "detectable_format:number_bullet_lists": { quantity: named("bullet points"), count: "num_bullets", relation: "exactly" },
  "change_case:capital_word_frequency": {
    quantity: named("words in capitals"),
    count: "capital_frequency",
    relation: { argument: "capital_relation" },
  },
  "keywords:frequency": {
    quantity: ({ keyword }) => `times "${String(keyword).trim().toLowerCase()}"`,
    count: "frequency",
    relation: { argument: "relation" },
  },
  "keywords:letter_frequency": {
    quantity: ({ letter }) => `times the letter "${String(letter).toLowerCase()}"`,
    count: "let_frequency",
    relation: { argument: "let_relation" },
  },
};

/** Why no answer can meet all of the rules; undefined when nothing was proven. */
export function provenContradiction(rules: readonly RuleNode[]): string | undefined {
  return emptyInterval(rules) ?? forbiddenLiteral(rules);
}

function emptyInterval(rules: readonly RuleNode[]): string | undefined {
  const byQuantity = Map.groupBy(rules.flatMap(boundsOf), ({ quantity }) => quantity);
  for (const [quantity, bounds] of byQuantity) {
    const least = bounds.reduce((a, b) => (b.least > a.least ? b : a));
    const most = bounds.reduce((a, b) => (b.most < a.most ? b : a));
    if (least.least > most.most) return least === most ? `no answer has ${say(least)}` : `${say(least)} but ${say(most)} (${quantity})`;
  }
  return undefined;
}

function boundsOf({ id, kwargs }: RuleNode): Bound[] {
  const rule = COUNT_RULES[id];
  if (id === "keywords:existence") {
    const once = { least: 1, most: Infinity, source: id };
    return stringList(kwargs["keywords"]).map((keyword) => ({ quantity: `times "${keyword.trim().toLowerCase()}"`, ...once }));
  }
  if (rule === undefined) return wordsOfPhrases(id, kwargs);
  const count = Number(kwargs[rule.count]);
  if (!Number.isFinite(count)) return [];
  const relation = typeof rule.relation === "string" ? rule.relation : kwargs[rule.relation.argument];
  const quantity = rule.quantity(kwargs);
  if (relation === "less than") return [{ quantity, least: 0, most: count - 1, source: id }];
  return [{ quantity, least: count, most: relation === "exactly" ? count : Infinity, source: id }];
}

/** Text that must stand in the answer brings its inner words with it; those at its ends may be parts of longer words. */
function wordsOfPhrases(id: string, kwargs: Kwargs): Bound[] {
  const phrase = demandedTexts({ type: "rule", id, kwargs }).at(0);
  if (phrase === undefined) return [];
  return [{ quantity: "words", least: phrase.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0, most: Infinity, source: id }];
}

function say({ least, most, quantity, source }: Bound): string {
  const range = least === most ? `exactly ${least}` : most === Infinity ? `at least ${least}` : `at most ${most}`;
  return `${source} asks for ${range} ${quantity}`;
}

/** Texts that every answer to the rule holds as they are, but for case. */
function demandedTexts({ id, kwargs }: RuleNode): string[] {
  const text = {
    "combination:repeat_prompt": kwargs["prompt_to_repeat"],
    "startend:end_checker": kwargs["end_phrase"],
    "raif:equals": kwargs["text"],
  }[id];
  return typeof text === "string" ? [text.trim().replace(/\.$/, "")] : [];
}

function forbiddenLiteral(rules: readonly RuleNode[]): string | undefined {
  const noComma = rules.some(({ id }) => id === "punctuation:no_comma");
  const forbidden = rules.flatMap(({ id, kwargs }) => (id === "keywords:forbidden_words" ? stringList(kwargs["forbidden_words"]) : []));
  for (const rule of rules) {
    for (const text of demandedTexts(rule)) {
      if (noComma && text.includes(",")) return `${rule.id} asks for a text with a comma but punctuation:no_comma forbids commas`;
      const inner =
        text
          .toLowerCase()
          .match(/[\p{L}\p{N}_]+/gu)
          ?.slice(1, -1) ?? [];
      const hit = forbidden.find((word) => inner.includes(word.trim().toLowerCase()));
      if (hit !== undefined) return `${rule.id} asks for a text with "${hit}" but keywords:forbidden_words forbids it`;
    }
  }
  const wanted = rules.flatMap(({ id, kwargs }) => (id === "keywords:existence" ? stringList(kwargs["keywords"]) : []));
  const withComma = noComma ? wanted.find((word) => /^[^\\[\](){}|*+?^$.]*,[^\\[\](){}|*+?^$.]*$/.test(word)) : undefined;
  return withComma === undefined ? undefined : `keywords:existence asks for "${withComma}" but punctuation:no_comma forbids commas`;
}

export function stringList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
