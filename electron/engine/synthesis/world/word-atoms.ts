// Atoms about the words of an answer: how many, which ones, where, in which order. Order matters: draws walk the list.

import { goalTopicWords, keyword, rule, type AtomMaker } from "./atom.ts";
import { DETERMINERS, OPENERS } from "./lexicon.ts";

export const WORD_ATOMS: readonly AtomMaker[] = [
  {
    kind: "exact",
    forms: "both",
    weight: 3,
    conflicts: "words_min words_below bullets sentences_min title end_phrase placeholders two_answers repeat_request json paragraphs",
    make: (random, goal) => {
      const n = goal.kind === "list" ? 2 + random.integer(7) : 4 + random.integer(9);
      return {
        rule: rule("raif:exact_words", { count: n }),
        tag: `${n} words`,
        wordings: [
          `use exactly ${n} words`,
          `the answer must have ${n} words`,
          `write ${n} words, no more and no less`,
          `your answer needs exactly ${n} words`,
          `make it ${n} words long`,
        ],
        obey: (demands) => void (demands.exact = n),
      };
    },
  },
  {
    kind: "words_min",
    forms: "both",
    weight: 2,
    conflicts: "exact words_below bullets",
    make: (random, goal) => {
      const n = goal.kind === "list" ? 4 + random.integer(5) : 7 + random.integer(7);
      return {
        rule: rule("length_constraints:number_words", { relation: "at least", num_words: n }),
        tag: `at least ${n} words`,
        wordings: [
          `use at least ${n} words`,
          `write ${n} or more words`,
          `the answer must not be shorter than ${n} words`,
          `give no fewer than ${n} words`,
        ],
        obey: (demands) => void (demands.minWords = n),
        flout: (demands) => void (demands.belowWords = n),
      };
    },
  },
  {
    kind: "words_below",
    forms: "both",
    weight: 2,
    conflicts: "exact words_min bullets sentences_min title end_phrase placeholders two_answers repeat_request paragraphs",
    make: (random, goal) => {
      const n = goal.kind === "list" ? 4 + random.integer(4) : 6 + random.integer(5);
      return {
        rule: rule("length_constraints:number_words", { relation: "less than", num_words: n }),
        tag: `under ${n} words`,
        wordings: [
          `use fewer than ${n} words`,
          `write less than ${n} words`,
          `stay under ${n} words`,
          `the answer must be shorter than ${n} words`,
        ],
        obey: (demands) => void (demands.belowWords = n),
        flout: (demands) => void (demands.minWords = n),
      };
    },
  },
  {
    kind: "include",
    forms: "both",
    weight: 3,
    conflicts: "only_from",
    make: (random, goal) => {
      const words = [keyword(random, goal)];
      const second = keyword(random, goal);
      if (random.float() < 0.35 && second !== words[0]) words.push(second);
      const names = words.join(" and ");
      const noun = words.length === 1 ? "word" : "words";
      return {
        rule: rule("keywords:existence", { keywords: words }),
        tag: `has ${words.join(" ")}`,
        wordings: [
          `use the ${noun} ${names}`,
          `include the ${noun} ${names}`,
          `the answer must contain the ${noun} ${names}`,
          `mention ${names}`,
          `do not leave out the ${noun} ${names}`,
        ],
        obey: (demands) => void demands.include.push(...words),
      };
    },
  },
  {
    kind: "forbid",
    forms: "both",
    weight: 3,
    conflicts: "",
    make: (random, goal) => {
      const common = random.pick(["the", "near", "by"]);
      const pool = goal.kind === "list" ? goal.topic.words : [common, common, keyword(random, goal)];
      const words = random.shuffle([...new Set(pool)]).slice(0, goal.kind === "list" ? 1 + random.integer(2) : 1);
      const names = words.join(" or ");
      return {
        rule: rule("keywords:forbidden_words", { forbidden_words: words }),
        tag: `no ${words.join(" no ")}`,
        wordings: [
          `do not use the word ${names}`,
          `leave out the word ${names}`,
          `never write ${names}`,
          `the word ${names} is not allowed`,
          `avoid the word ${names}`,
        ],
        obey: (demands) => words.forEach((word) => demands.forbid.add(word)),
        flout: (demands) => {
          if (!["the", "near", "by"].includes(words[0] ?? "")) demands.include.push(words[0] ?? "");
        },
      };
    },
  },
  {
    kind: "repeat",
    forms: "list",
    weight: 2,
    conflicts: "unique more only_from first last json two_answers",
    make: (random, goal) => {
      const word = keyword(random, goal);
      const times = 2 + random.integer(2);
      return {
        rule: rule("keywords:frequency", { keyword: word, relation: "at least", frequency: times }),
        tag: `${word} ${times} times`,
        wordings: [
          `use the word ${word} at least ${times} times`,
          `write ${word} ${times} or more times`,
          `the word ${word} must be there at least ${times} times`,
          `repeat ${word}, at least ${times} times in all`,
        ],
        obey: (demands) => void (demands.repeat = { word, times }),
      };
    },
  },
  {
    kind: "first",
    forms: "both",
    weight: 3,
    conflicts: "sorted title repeat_request json repeat more",
    make: (random, goal) => {
      const word = goal.kind === "list" ? random.pick(goal.topic.words) : random.pick([...DETERMINERS, ...OPENERS]);
      return {
        rule: rule("raif:first_word", { word }),
        tag: `first ${word}`,
        wordings: [`start with the word ${word}`, `the first word must be ${word}`, `begin with ${word}`, `put ${word} first`],
        obey: (demands) => void (demands.first = word),
      };
    },
  },
  {
    kind: "last",
    forms: "both",
    weight: 3,
    conflicts: "sorted end_phrase placeholders json repeat more two_answers",
    make: (random, goal) => {
      const word = random.pick(goalTopicWords(goal));
      return {
        rule: rule("raif:last_word", { word }),
        tag: `last ${word}`,
        wordings: [`end with the word ${word}`, `the last word must be ${word}`, `finish with ${word}`, `put ${word} at the end`],
        obey: (demands) => void (demands.last = word),
      };
    },
  },
  {
    kind: "sorted",
    forms: "list",
    weight: 3,
    conflicts: "first last title end_phrase placeholders two_answers repeat_request json more",
    make: () => ({
      rule: rule("raif:sorted_words"),
      tag: "sorted",
      wordings: [
        "put the words in alphabetical order",
        "sort the words from a to z",
        "the words must be in alphabetical order",
        "keep the words sorted by the alphabet",
      ],
      obey: (demands) => void (demands.sorted = true),
    }),
  },
  {
    kind: "unique",
    forms: "list",
    weight: 1.5,
    conflicts: "repeat more two_answers repeat_request title",
    make: () => ({
      rule: rule("raif:unique_words"),
      tag: "no repeats",
      wordings: ["do not use any word twice", "use each word only once", "no word may be repeated", "all words must be different"],
      obey: (demands) => void (demands.unique = true),
      flout: (demands) => void (demands.duplicate = true),
    }),
  },
];
