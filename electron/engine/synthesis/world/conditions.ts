// Questions a Selection asks about the input text: how many words, which word, which word more often. Each carries both
// wordings (holds / does not hold) and the reading that decides it step by step.

import type { Random } from "../../tensor/random.ts";
import type { RuleNode } from "../../../../shared/domain/instruction.ts";
import { rule } from "./atom.ts";
import { isKeywordSafe, TOPICS } from "./lexicon.ts";
import type { InputText } from "./sentences.ts";

export interface Condition {
  readonly rule: RuleNode;
  readonly holds: readonly string[];
  readonly fails: readonly string[];
  readonly tag: string;
  readonly truth: boolean;
  /** Reading the text until the condition is decided, without the verdict. */
  readonly work: string;
}

/** "1 the 2 cat 3 sat" */
export function countedAloud(words: readonly string[], from = 1): string {
  return words.map((word, i) => `${from + i} ${word}`).join(" ");
}

/** The words as read, those of interest numbered after them: "dog 1 hen dog 2". */
export function tallied(words: readonly string[], targets: readonly string[]): string {
  const counts = new Map<string, number>();
  return words
    .map((word) => {
      if (!targets.includes(word)) return word;
      const next = (counts.get(word) ?? 0) + 1;
      counts.set(word, next);
      return `${word} ${next}`;
    })
    .join(" ");
}

function occurrences(words: readonly string[], target: string): number {
  return words.filter((word) => word === target).length;
}

function lengthCondition(random: Random, input: InputText, truth: boolean): Condition {
  const n = input.words.length;
  const it = `the ${input.kind}`;
  const below = random.float() < 0.5;
  const limit = below === truth ? n + 1 + random.integer(3) : Math.max(2, n - random.integer(3));
  const relation = below ? "less than" : "at least";
  const fewer = [
    `${it} has fewer than ${limit} words`,
    `${it} has less than ${limit} words`,
    `there are fewer than ${limit} words in ${it}`,
    `${it} is shorter than ${limit} words`,
  ];
  const more = [
    `${it} has at least ${limit} words`,
    `${it} has ${limit} or more words`,
    `there are at least ${limit} words in ${it}`,
    `${it} has no fewer than ${limit} words`,
  ];
  return {
    rule: rule("length_constraints:number_words", { relation, num_words: limit }),
    holds: below ? fewer : more,
    fails: below ? more : fewer,
    tag: below ? `under ${limit} words` : `at least ${limit} words`,
    truth,
    work: `count: ${countedAloud(input.words)}. ${n} words`,
  };
}

function wordCondition(random: Random, input: InputText, truth: boolean): Condition | undefined {
  const inside = [...new Set(input.words)].filter(isKeywordSafe);
  const outside = random.pick(TOPICS).words.filter((word) => isKeywordSafe(word) && !input.words.includes(word));
  const pool = truth ? inside : outside;
  if (pool.length === 0) return undefined;
  const word = random.pick(pool);
  const at = input.words.indexOf(word);
  const it = `the ${input.kind}`;
  return {
    rule: rule("keywords:existence", { keywords: [word] }),
    holds: [`${it} mentions ${word}`, `${it} has the word ${word}`, `the word ${word} is in ${it}`, `${it} contains ${word}`],
    fails: [
      `${it} does not mention ${word}`,
      `${it} does not have the word ${word}`,
      `the word ${word} is not in ${it}`,
      `${it} does not contain ${word}`,
    ],
    tag: `has ${word}`,
    truth,
    work: `read: ${input.words.slice(0, truth ? at + 1 : input.words.length).join(" ")}. ${truth ? "found" : "no"} ${word}`,
  };
}

function edgeCondition(random: Random, input: InputText, truth: boolean): Condition {
  const first = random.float() < 0.5;
  const actual = (first ? input.words[0] : input.words.at(-1)) ?? "";
  const others = [...new Set(input.words)].filter((word) => word !== actual);
  const word = truth ? actual : random.pick(others);
  const it = `the ${input.kind}`;
  const verbs = first ? (["starts", "start"] as const) : (["ends", "end"] as const);
  const place = first ? "first" : "last";
  return {
    rule: rule(first ? "raif:first_word" : "raif:last_word", { word }),
    holds: [
      `${it} ${verbs[0]} with ${word}`,
      `the ${place} word of ${it} is ${word}`,
      `${word} is the ${place} word of ${it}`,
      `${it} ${verbs[0]} with the word ${word}`,
    ],
    fails: [
      `${it} does not ${verbs[1]} with ${word}`,
      `the ${place} word of ${it} is not ${word}`,
      `${word} is not the ${place} word of ${it}`,
      `${it} does not ${verbs[1]} with the word ${word}`,
    ],
    tag: `${place} ${word}`,
    truth,
    work: `${place} word: ${actual}`,
  };
}

function tallyCondition(random: Random, input: InputText, truth: boolean): Condition | undefined {
  const kinds = [...new Set(input.words)];
  const pairs = kinds.flatMap((word) =>
    kinds
      .filter((than) => occurrences(input.words, word) > occurrences(input.words, than) === truth && than !== word)
      .map((than) => [word, than] as const),
  );
  if (pairs.length === 0) return undefined;
  const [word, than] = random.pick(pairs);
  const it = `the ${input.kind}`;
  return {
    rule: rule("raif:more_often", { word, than }),
    holds: [
      `${it} has ${word} more often than ${than}`,
      `${word} comes more often than ${than} in ${it}`,
      `there are more ${word} than ${than} in ${it}`,
      `${it} says ${word} more times than ${than}`,
    ],
    fails: [
      `${it} does not have ${word} more often than ${than}`,
      `${word} does not come more often than ${than} in ${it}`,
      `there are not more ${word} than ${than} in ${it}`,
      `${it} does not say ${word} more times than ${than}`,
    ],
    tag: `more ${word} than ${than}`,
    truth,
    work: `read: ${tallied(input.words, [word, than])}. ${word} ${occurrences(input.words, word)} ${than} ${occurrences(input.words, than)}`,
  };
}

function timesCondition(random: Random, input: InputText, truth: boolean): Condition | undefined {
  const word = random.pick(input.words.filter(isKeywordSafe));
  const n = occurrences(input.words, word);
  const times = truth ? Math.max(2, n - random.integer(2)) : n + 1 + random.integer(2);
  if (n >= times !== truth || times < 2) return undefined;
  const it = `the ${input.kind}`;
  return {
    rule: rule("keywords:frequency", { keyword: word, relation: "at least", frequency: times }),
    holds: [
      `${it} has ${word} at least ${times} times`,
      `${word} comes at least ${times} times in ${it}`,
      `${it} says ${word} ${times} or more times`,
      `there are at least ${times} ${word} in ${it}`,
    ],
    fails: [
      `${it} has ${word} fewer than ${times} times`,
      `${word} comes fewer than ${times} times in ${it}`,
      `${it} says ${word} less than ${times} times`,
      `there are fewer than ${times} ${word} in ${it}`,
    ],
    tag: `${word} ${times} times`,
    truth,
    work: `read: ${tallied(input.words, [word])}. ${word} ${n}`,
  };
}

/** A condition on the input whose truth is `truth`; undefined when the drawn kind cannot have it on this input. */
export function drawCondition(random: Random, input: InputText, truth: boolean): Condition | undefined {
  const repeats = new Set(input.words).size <= 3;
  const draw = random.float();
  if (repeats) {
    if (input.words.filter(isKeywordSafe).length === 0) return undefined;
    return draw < 0.6 ? tallyCondition(random, input, truth) : timesCondition(random, input, truth);
  }
  if (draw < 0.45) return lengthCondition(random, input, truth);
  if (draw < 0.75) return wordCondition(random, input, truth);
  return edgeCondition(random, input, truth);
}
