// Atoms about the form of an answer: case, marks, bullets, titles, phrases at its end. Order matters: draws walk the list.

import { BARE, count, rule, type AtomMaker } from "./atom.ts";

export const FORMAT_ATOMS: readonly AtomMaker[] = [
  {
    kind: "capitals",
    forms: "list",
    weight: 3,
    conflicts: "lower some_capitals repeat_request end_phrase placeholders",
    make: () => ({
      rule: rule("raif:uppercase"),
      tag: "capitals",
      wordings: [
        "write everything in capital letters",
        "use capital letters only",
        "the whole answer must be in capitals",
        "write all words in capitals",
      ],
      obey: (demands) => void (demands.capitals = "all"),
    }),
  },
  {
    kind: "some_capitals",
    forms: "list",
    weight: 2,
    conflicts: "capitals lower",
    make: (random) => {
      const n = 1 + random.integer(3);
      return {
        rule: rule("change_case:capital_word_frequency", { capital_relation: "at least", capital_frequency: n }),
        tag: `${n} in capitals`,
        wordings: [
          `write at least ${count(n, "word")} in capitals`,
          `put ${n} or more words in capital letters`,
          `at least ${count(n, "word")} must be in capitals`,
          `use capital letters for at least ${count(n, "word")}`,
        ],
        obey: (demands) => void (demands.capitals = n),
      };
    },
  },
  {
    kind: "lower",
    forms: "sentence",
    weight: 2.5,
    conflicts: "capitals some_capitals",
    make: () => ({
      rule: rule("raif:lowercase"),
      tag: "small letters",
      wordings: [
        "use small letters only",
        "write everything in lower case",
        "do not use any capital letters",
        "the whole answer must be in small letters",
      ],
      obey: (demands) => void (demands.lower = true),
    }),
  },
  {
    kind: "no_comma",
    forms: "list",
    weight: 2.5,
    conflicts: "json bullets",
    make: () => ({
      rule: rule("punctuation:no_comma"),
      tag: "no commas",
      wordings: ["do not use commas", "write no commas", "leave out all commas", "there must be no comma in the answer"],
      obey: (demands) => void (demands.noComma = true),
    }),
  },
  {
    kind: "bullets",
    forms: "list",
    weight: 3,
    conflicts: "exact words_min words_below highlights no_comma json two_answers mark some_capitals",
    make: (random) => {
      const n = 2 + random.integer(4);
      return {
        rule: rule("detectable_format:number_bullet_lists", { num_bullets: n }),
        tag: `${n} bullets`,
        wordings: [
          `use exactly ${n} bullet points that start with *`,
          `write ${n} bullet points, each with a *`,
          `give ${n} lines that start with *`,
          `make a list of ${n} bullets marked with *`,
        ],
        obey: (demands) => void (demands.bullets = n),
        flout: (demands) => void (demands.exact = n),
      };
    },
  },
  {
    kind: "highlights",
    forms: "both",
    weight: 1.5,
    conflicts: "bullets two_answers paragraphs json",
    make: (random, goal) => {
      const n = 1 + random.integer(goal.kind === "list" ? 3 : 2);
      return {
        rule: rule("detectable_format:number_highlighted_sections", { num_highlights: n }),
        tag: `${n} between stars`,
        wordings: [
          `highlight at least ${count(n, "word")} like *this*`,
          `put at least ${count(n, "word")} between * signs`,
          `mark ${n} or more words like *this*`,
          `set at least ${count(n, "word")} in stars like *this*`,
        ],
        obey: (demands) => void (demands.highlights = n),
      };
    },
  },
  {
    kind: "title",
    forms: "both",
    weight: 2,
    conflicts: `${BARE} json repeat_request some_capitals lower`,
    make: () => ({
      rule: rule("detectable_format:title"),
      tag: "title",
      wordings: [
        "add a title like <<title>>",
        "give it a title between << and >>",
        "put a title in << >> at the top",
        "begin with a title in double angle brackets, like <<title>>",
      ],
      obey: (demands) => void (demands.title = true),
    }),
  },
  {
    kind: "end_phrase",
    forms: "both",
    weight: 2.5,
    conflicts: `${BARE} placeholders json capitals mark lower`,
    make: (random) => {
      const phrase = random.pick(["that is all", "the end", "thank you", "all done", "goodbye"]);
      return {
        rule: rule("startend:end_checker", { end_phrase: phrase }),
        tag: `end "${phrase}"`,
        wordings: [
          `finish with the phrase "${phrase}"`,
          `the answer must end with "${phrase}"`,
          `end with "${phrase}" and add nothing after it`,
          `your last words must be "${phrase}"`,
        ],
        obey: (demands) => void (demands.endPhrase = phrase),
      };
    },
  },
  {
    kind: "placeholders",
    forms: "both",
    weight: 1.5,
    conflicts: `${BARE} end_phrase json capitals mark`,
    make: (random) => {
      const n = 1 + random.integer(3);
      return {
        rule: rule("detectable_content:number_placeholders", { num_placeholders: n }),
        tag: `${n} in brackets`,
        wordings: [
          `use at least ${count(n, "placeholder")} like [name]`,
          `add ${n} or more placeholders in square brackets like [name]`,
          `put in at least ${count(n, "placeholder")} such as [place]`,
          `leave at least ${count(n, "gap")} in square brackets like [time]`,
        ],
        obey: (demands) => void (demands.placeholders = n),
      };
    },
  },
  {
    kind: "two_answers",
    forms: "list",
    weight: 1.5,
    conflicts: `${BARE} bullets highlights json mark repeat more repeat_request some_capitals`,
    make: () => ({
      rule: rule("combination:two_responses"),
      tag: "two answers",
      wordings: [
        "give two different answers with ****** between them",
        "write two answers that differ, separated by ******",
        "answer twice in two ways and put ****** between the two",
        "give two different lists, with ****** between them",
      ],
      obey: (demands) => void (demands.twoAnswers = true),
    }),
  },
  {
    kind: "mark",
    forms: "both",
    weight: 2,
    conflicts: "json bullets end_phrase placeholders two_answers last",
    make: (random) => {
      const [mark, name] = random.pick([
        ["!", "an exclamation mark"],
        ["?", "a question mark"],
        [";", "a semicolon"],
      ] as const);
      return {
        rule: rule("raif:ends_with_mark", { mark }),
        tag: `end ${name.replace(/^an? /, "")}`,
        wordings: [
          `end with ${name}`,
          `the last sign must be ${name}`,
          `finish with the sign ${mark}`,
          `put the sign ${mark} at the very end`,
        ],
        obey: (demands) => void (demands.mark = mark),
      };
    },
  },
  {
    kind: "json",
    forms: "list",
    weight: 1.5,
    conflicts: `${BARE} bullets highlights title end_phrase placeholders two_answers mark repeat more no_comma capitals some_capitals repeat_request from`,
    make: () => ({
      rule: rule("detectable_format:json_format"),
      tag: "json",
      wordings: ["answer in json", "write the whole answer as json", "use the json format", "the answer must be valid json"],
      obey: (demands) => void (demands.json = true),
    }),
  },
];
