// Tasks with one right answer: pick a word of the input, count it, say yes or no, or work through a chain of steps on a list.
// Each carries its rules, the worked reasoning, and a way to get it wrong as a careless answer would.

import type { Random } from "../../tensor/random.ts";
import type { CompositionNode, RuleNode } from "../../../../shared/domain/instruction.ts";
import { rule } from "./atom.ts";
import { countedAloud } from "./conditions.ts";
import { TOPICS, topicOf, withArticle } from "./lexicon.ts";
import type { InputText } from "./sentences.ts";

export interface FixedGoal {
  readonly kind: "fixed";
  readonly wordings: readonly string[];
  readonly node: CompositionNode;
  /** Active checks of the node. */
  readonly checks: number;
  readonly tag: string;
  readonly answer: string;
  readonly work: string;
  /** An answer in which each step goes wrong with the given probability. */
  readonly careless: (random: Random, errorRate: number) => string;
}

function either(right: string, wrong: readonly string[]): FixedGoal["careless"] {
  return (random, errorRate) => (wrong.length > 0 && random.float() < errorRate ? random.pick(wrong) : right);
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

function pickWord(random: Random, input: InputText): FixedGoal {
  const last = random.float() < 0.25;
  const index = last ? input.words.length - 1 : random.integer(Math.min(input.words.length, 8));
  const place = last ? "last" : (ORDINALS[index] ?? "first");
  const word = input.words[index] ?? "";
  const it = `the ${input.kind}`;
  return {
    kind: "fixed",
    wordings: [
      `write only the ${place} word of ${it}`,
      `give just the ${place} word of ${it}`,
      `answer with the ${place} word of ${it} and nothing else`,
      `copy the ${place} word of ${it}, only that word`,
    ],
    node: rule("raif:equals", { text: word }),
    checks: 1,
    tag: `${place} word`,
    answer: word,
    work: `count: ${countedAloud(input.words.slice(0, index + 1))}. ${place} word: ${word}`,
    careless: either(
      word,
      input.words.filter((other) => other !== word),
    ),
  };
}

function countWords(input: InputText): FixedGoal {
  const n = input.words.length;
  const it = `the ${input.kind}`;
  return {
    kind: "fixed",
    wordings: [
      `say how many words ${it} has, only the number`,
      `count the words of ${it} and answer with the number only`,
      `write only the number of words in ${it}`,
      `give just the number of words of ${it}`,
    ],
    node: rule("raif:equals", { text: String(n) }),
    checks: 1,
    tag: "number of words",
    answer: String(n),
    work: `count: ${countedAloud(input.words)}. ${n} words`,
    careless: either(String(n), [n - 2, n - 1, n + 1, n + 2].map(String)),
  };
}

function numberInside(input: InputText): FixedGoal {
  const n = input.words.length;
  const it = `the ${input.kind}`;
  return {
    kind: "fixed",
    wordings: [
      `tell me how many words ${it} has`,
      `say how long ${it} is in words, with digits`,
      `the answer must contain the number of words of ${it}`,
      `give the number of words of ${it} in digits`,
    ],
    node: rule("raif:contains_number", { value: n }),
    checks: 1,
    tag: "number of words",
    answer: `It has ${n} words.`,
    work: `count: ${countedAloud(input.words)}. ${n} words`,
    careless: (random, errorRate) => `It has ${random.float() < errorRate ? n + random.pick([-2, -1, 1, 2]) : n} words.`,
  };
}

function pickOfTopic(random: Random, input: InputText): FixedGoal | undefined {
  const topics = TOPICS.filter((topic) => input.words.filter((word) => topicOf(word) === topic).length === 1);
  if (topics.length === 0) return undefined;
  const topic = random.pick(topics);
  const word = input.words.find((other) => topicOf(other) === topic) ?? "";
  const it = `the ${input.kind}`;
  return {
    kind: "fixed",
    wordings: [
      `write only the word of ${it} that names ${topic.one}`,
      `find ${topic.one} in ${it} and write only that word`,
      `answer this: which word of ${it} is ${topic.one}? write it alone`,
      `answer with the one word of ${it} that means ${topic.one}`,
    ],
    node: rule("raif:equals", { text: word }),
    checks: 1,
    tag: `find ${topic.one}`,
    answer: word,
    work: `read: ${input.words.slice(0, input.words.indexOf(word) + 1).join(" ")}. ${word} is ${topic.one}`,
    careless: either(
      word,
      input.words.filter((other) => topicOf(other) !== undefined && other !== word),
    ),
  };
}

function yesOrNo(random: Random, bare: boolean): FixedGoal {
  const topic = random.pick(TOPICS.filter((entry) => entry.name !== "weather words"));
  const truth = random.float() < 0.5;
  const source = truth ? topic : random.pick(TOPICS.filter((entry) => entry !== topic));
  const noun = random.pick(source.words);
  const name = ["colours", "foods", "weather words", "jobs"].includes(source.name) ? noun : withArticle(noun);
  const answer = `My answer is ${truth ? "yes" : "no"}.`;
  const exact = rule("raif:equals", { text: answer });
  const options = `"My answer is yes." or "My answer is no."`;
  return {
    kind: "fixed",
    wordings: [
      `answer this: is ${name} ${topic.one}? write only ${options}`,
      `say if ${name} is ${topic.one}, with ${options}`,
      `decide whether ${name} is ${topic.one} and write ${options}`,
      `tell me if ${name} is ${topic.one}; write only ${options}`,
    ],
    node: bare ? exact : { type: "and", children: [rule("detectable_format:constrained_response"), exact] },
    checks: bare ? 1 : 2,
    tag: "yes or no",
    answer,
    work: `${noun} is ${source.one}. ${topic.one}: ${truth ? "yes" : "no"}`,
    careless: (random2, errorRate) => {
      if (random2.float() >= errorRate) return answer;
      return random2.float() < 0.7 ? `My answer is ${truth ? "no" : "yes"}.` : truth ? "yes" : "no";
    },
  };
}

function maybe(random: Random): FixedGoal {
  const topic = random.pick(TOPICS);
  return {
    kind: "fixed",
    wordings: [
      `answer this: do you like ${topic.plural}? reply with "My answer is yes.", "My answer is no." or "My answer is maybe."`,
      `say whether you like ${topic.plural} with "My answer is yes.", "My answer is no." or "My answer is maybe."`,
      `tell me if ${topic.plural} are good; choose from "My answer is yes.", "My answer is no." and "My answer is maybe."`,
      `answer this: are ${topic.plural} nice? use one of "My answer is yes.", "My answer is no." or "My answer is maybe."`,
    ],
    node: rule("detectable_format:constrained_response"),
    checks: 1,
    tag: "one of three answers",
    answer: `My answer is ${random.pick(["yes", "no", "maybe"])}.`,
    work: "any of the three will do",
    careless: either("My answer is maybe.", ["yes", `i like ${topic.plural}`, "maybe"]),
  };
}

export function drawFixedGoal(random: Random, input: InputText | undefined, bare: boolean): FixedGoal | undefined {
  if (input === undefined) return random.float() < 0.6 || bare ? yesOrNo(random, bare) : maybe(random);
  const draw = random.float();
  if (draw < 0.4) return pickWord(random, input);
  if (draw < 0.6) return countWords(input);
  if (draw < 0.75) return numberInside(input);
  return pickOfTopic(random, input);
}

interface Step {
  readonly wordings: readonly string[];
  readonly run: (words: readonly string[]) => readonly string[];
  readonly rule: (final: readonly string[]) => RuleNode;
  readonly work: (before: readonly string[], after: readonly string[]) => string;
}

function letters(words: readonly string[]): string {
  return words.map((word) => word.charAt(0)).join(" ");
}

function takeStep(input: InputText, random: Random): Step | undefined {
  const topics = TOPICS.filter((topic) => {
    const n = input.words.filter((word) => topicOf(word) === topic).length;
    return n >= 2 && n < input.words.length;
  });
  if (topics.length === 0) return undefined;
  const topic = random.pick(topics);
  return {
    wordings: [
      `take the ${topic.plural} from the list`,
      `keep only the ${topic.plural}`,
      `pick out all ${topic.plural}`,
      `find the ${topic.plural} in the list`,
    ],
    run: (words) => words.filter((word) => topicOf(word) === topic),
    rule: () => rule("raif:only_words_from", { words: input.words.filter((word) => topicOf(word) === topic) }),
    work: (_, after) => `${topic.plural}: ${after.join(" ")}`,
  };
}

const SORT_STEP: Step = {
  wordings: ["sort them from a to z", "put them in alphabetical order", "order them by the alphabet", "arrange them from a to z"],
  run: (words) => [...words].sort(),
  rule: () => rule("raif:sorted_words"),
  work: (before, after) => `letters ${letters(before)}. sorted: ${after.join(" ")}`,
};

function keepStep(random: Random, k: number): Step {
  const first = random.float() < 0.6;
  const side = first ? "first" : "last";
  return {
    wordings: [`keep the ${side} ${k}`, `keep only the ${side} ${k} words`, `take the ${side} ${k}`, `leave just the ${side} ${k} words`],
    run: (words) => (first ? words.slice(0, k) : words.slice(-k)),
    rule: (final) => rule("raif:exact_words", { count: final.length }),
    work: (_, after) => `${side} ${k}: ${after.join(" ")}`,
  };
}

function dropStep(word: string): Step {
  return {
    wordings: [`drop the word ${word}`, `remove ${word}`, `take away the word ${word}`, `leave out ${word}`],
    run: (words) => words.filter((other) => other !== word),
    rule: () => rule("keywords:forbidden_words", { forbidden_words: [word] }),
    work: (_, after) => `no ${word}: ${after.join(" ")}`,
  };
}

function writeStep(random: Random): Step & { readonly format: (words: readonly string[]) => string } {
  const capitals = random.float() < 0.45;
  const commas = random.float() < 0.6;
  const format = (words: readonly string[]): string => {
    const line = words.join(commas ? ", " : " ");
    return capitals ? line.toUpperCase() : line;
  };
  const how = commas ? "with commas" : "without commas";
  const wordings = capitals
    ? [
        `write them in capitals ${how}`,
        `write them in capital letters ${how}`,
        `give them in capitals ${how}`,
        `put them in one line in capitals ${how}`,
      ]
    : [`write them in one line ${how}`, `write them ${how}`, `give them in one line ${how}`, `put them in one line ${how}`];
  return {
    wordings,
    run: (words) => words,
    rule: (final) => rule("raif:equals", { text: format(final) }),
    work: (before) => `write: ${format(before)}`,
    format,
  };
}

/** Take, drop, sort or keep on the input list, then write the rest in a given form. Undefined when the draw does not fit. */
export function drawChain(random: Random, input: InputText): FixedGoal | undefined {
  const steps: Step[] = [];
  if (random.float() < 0.75) {
    const take = takeStep(input, random);
    if (take !== undefined) steps.push(take);
  }
  const left = (): readonly string[] => steps.reduce((words, step) => step.run(words), input.words);
  if (random.float() < 0.3 && left().length >= 3) steps.push(dropStep(random.pick(left())));
  const sort = random.float() < 0.65;
  const keep = left().length >= 3 && random.float() < 0.55;
  const keepFirst = random.float() < 0.3;
  const keeper = keep ? keepStep(random, 2 + random.integer(Math.min(2, left().length - 2))) : undefined;
  if (keeper !== undefined && keepFirst) steps.push(keeper);
  if (sort) steps.push(SORT_STEP);
  if (keeper !== undefined && !keepFirst) steps.push(keeper);
  if (steps.length === 0 || steps.length > 3) return undefined;
  const write = writeStep(random);
  const final = left();
  if (final.length < 2) return undefined;
  const said = [...steps, write].map((step) => random.pick(step.wordings));
  const work: string[] = [];
  let words: readonly string[] = input.words;
  for (const step of [...steps, write]) {
    const next = step.run(words);
    work.push(step.work(words, next));
    words = next;
  }
  return {
    kind: "fixed",
    wordings: [
      said.join(", then "),
      `${said[0]}; then ${said.slice(1).join(", then ")}`,
      `first ${said[0]}, then ${said.slice(1).join(", then ")}`,
    ],
    node: { type: "chain", steps: [...steps, write].map((step) => step.rule(final)) },
    checks: steps.length + 1,
    tag: `${steps.length + 1} steps`,
    answer: write.format(final),
    work: work.join(". "),
    careless: (random2, errorRate) => {
      const rest = steps.reduce<readonly string[]>((kept, step) => (random2.float() < errorRate ? kept : step.run(kept)), input.words);
      return random2.float() < errorRate / 2 ? rest.join(", ") : write.format(rest);
    },
  };
}
