// Atoms about the choice of words from a set and about sentences and paragraphs. Order matters: draws walk the list.

import { goalTopicWords, keyword, rule, type AtomMaker } from "./atom.ts";

export const STRUCTURE_ATOMS: readonly AtomMaker[] = [
  {
    kind: "from",
    forms: "list",
    weight: 2,
    conflicts: "only_from json repeat more",
    make: (random, goal) => {
      const words = random.shuffle(goalTopicWords(goal)).slice(0, 3 + random.integer(2));
      const n = 1 + random.integer(words.length - 1);
      return {
        rule: rule("raif:words_from", { words, at_least: n }),
        tag: `${n} of ${words.join(" ")}`,
        wordings: [
          `use at least ${n} of these words: ${words.join(", ")}`,
          `take ${n} or more of these: ${words.join(", ")}`,
          `at least ${n} of the words ${words.join(", ")} must be there`,
          `choose at least ${n} from: ${words.join(", ")}`,
        ],
        obey: (demands) => void (demands.fromPool = { words, atLeast: n }),
        flout: (demands) => words.slice(0, words.length - n + 1).forEach((word) => demands.forbid.add(word)),
      };
    },
  },
  {
    kind: "only_from",
    forms: "list",
    weight: 2,
    conflicts: "include from first last repeat more title end_phrase placeholders two_answers repeat_request json words_min",
    make: (random, goal) => {
      const words = random.shuffle(goalTopicWords(goal)).slice(0, 5 + random.integer(2));
      return {
        rule: rule("raif:only_words_from", { words }),
        tag: `only ${words.join(" ")}`,
        wordings: [
          `use only these words: ${words.join(", ")}`,
          `take all words from this list: ${words.join(", ")}`,
          `no other words than these: ${words.join(", ")}`,
          `choose only from: ${words.join(", ")}`,
        ],
        obey: (demands) => void (demands.pool = words),
      };
    },
  },
  {
    kind: "more",
    forms: "list",
    weight: 1.5,
    conflicts: "unique repeat only_from from first last sorted json two_answers",
    make: (random, goal) => {
      const word = keyword(random, goal);
      const than = random.pick(goalTopicWords(goal).filter((other) => other !== word));
      return {
        rule: rule("raif:more_often", { word, than }),
        tag: `more ${word} than ${than}`,
        wordings: [
          `use the word ${word} more often than ${than}`,
          `write ${word} more times than ${than}`,
          `the word ${word} must come more often than ${than}`,
          `there must be more ${word} than ${than}`,
        ],
        obey: (demands) => void (demands.more = { word, than }),
      };
    },
  },
  {
    kind: "sentences_min",
    forms: "sentence",
    weight: 2.5,
    conflicts: "exact words_below sentences_below paragraphs lower",
    make: (random) => {
      const n = 2 + random.integer(2);
      return {
        rule: rule("length_constraints:number_sentences", { relation: "at least", num_sentences: n }),
        tag: `at least ${n} sentences`,
        wordings: [
          `write at least ${n} sentences`,
          `use ${n} or more sentences`,
          `the answer needs no fewer than ${n} sentences`,
          `give at least ${n} full sentences`,
        ],
        obey: (demands) => void (demands.minSentences = n),
      };
    },
  },
  {
    kind: "paragraphs",
    forms: "sentence",
    weight: 2,
    conflicts: "exact words_below highlights sentences_min lower",
    make: (random) => {
      const n = 2 + random.integer(2);
      return {
        rule: rule("length_constraints:number_paragraphs", { num_paragraphs: n }),
        tag: `${n} paragraphs`,
        wordings: [
          `write ${n} paragraphs with *** between them`,
          `use exactly ${n} paragraphs, separated by ***`,
          `split the answer into ${n} parts with *** between`,
          `there must be ${n} paragraphs and *** between them`,
        ],
        obey: (demands) => void (demands.paragraphs = n),
      };
    },
  },
];
