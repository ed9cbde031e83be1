// Atoms whose rules never occur in starter training data; the second held-out set is built around them.

import { BARE, rule, type AtomMaker } from "./atom.ts";

export const OOD_ATOM_MAKERS: readonly AtomMaker[] = [
  {
    kind: "postscript",
    forms: "both",
    weight: 1,
    conflicts: `${BARE} end_phrase placeholders json mark bullets capitals lower`,
    make: () => ({
      rule: rule("detectable_content:postscript", { postscript_marker: "P.S." }),
      tag: "P.S. at the end",
      wordings: [
        "add a postscript that starts with P.S.",
        "put a P.S. after the answer",
        "end with a postscript marked P.S.",
        "write a short P.S. at the end",
      ],
      obey: (demands) => void (demands.postscript = true),
    }),
  },
  {
    kind: "quotation",
    forms: "both",
    weight: 1,
    conflicts: "json end_phrase bullets",
    make: () => ({
      rule: rule("startend:quotation"),
      tag: "in quotes",
      wordings: [
        "put the whole answer in double quotes",
        "the answer must stand between double quotes",
        "start and end with a double quote",
        "wrap your answer in quotation marks",
      ],
      obey: (demands) => void (demands.quoted = true),
    }),
  },
  {
    kind: "numbered",
    forms: "list",
    weight: 1,
    conflicts:
      "exact words_min words_below bullets sorted first no_comma json two_answers mark some_capitals only_from repeat_request unique highlights",
    make: (random) => {
      const n = 2 + random.integer(5);
      return {
        rule: rule("raif:numbered_list", { count: n }),
        tag: `${n} numbered lines`,
        wordings: [
          `number the lines from 1 to ${n}, like "1. word"`,
          `write a numbered list of ${n} lines, like "1. word"`,
          `give ${n} lines that start with 1. 2. and so on`,
          `use ${n} numbered lines such as "1. word"`,
        ],
        obey: (demands) => void (demands.numbered = n),
      };
    },
  },
  {
    kind: "letter",
    forms: "list",
    weight: 1,
    conflicts: "only_from",
    make: (random) => {
      const letter = random.pick(["a", "e", "o", "r", "n"]);
      const n = 2 + random.integer(3);
      return {
        rule: rule("keywords:letter_frequency", { letter, let_relation: "at least", let_frequency: n }),
        tag: `letter ${letter} ${n} times`,
        wordings: [
          `use the letter ${letter} at least ${n} times`,
          `the letter ${letter} must come ${n} or more times`,
          `have at least ${n} times the letter ${letter}`,
          `choose words with at least ${n} letters ${letter} in all`,
        ],
        obey: (demands) => void (demands.letter = { letter, times: n }),
      };
    },
  },
  {
    kind: "separator",
    forms: "list",
    weight: 1,
    conflicts: "exact words_min words_below bullets json two_answers numbered no_comma",
    make: (random) => {
      const text = random.pick(["-", "/", "|", "+"]);
      const n = 2 + random.integer(5);
      return {
        rule: rule("raif:separator", { separator: ` ${text} `, count: n }),
        tag: `${n} parts with ${text}`,
        wordings: [
          `write ${n} parts with " ${text} " between them`,
          `separate ${n} words with " ${text} "`,
          `give ${n} parts, split by " ${text} "`,
          `put " ${text} " between ${n} words`,
        ],
        obey: (demands) => void (demands.separator = { text, parts: n }),
      };
    },
  },
];
