// The atomic constraints of the nano world. An atom knows the rule that checks it, what it asks of the answer writer, its short
// name in reasoning, and several wordings. Wordings are clauses without a full stop, so that they fit after "if ..., ".

import type { Random } from "../../../electron/engine/tensor/random.ts";
import type { RuleNode } from "../../../shared/domain/instruction.ts";
import type { FreeGoal } from "./answers.ts";
import type { Demands } from "./demands.ts";
import { DETERMINERS, isKeywordSafe, OPENERS, TOPICS } from "./lexicon.ts";

export interface Atom {
  readonly kind: string;
  readonly rule: RuleNode;
  /** Name in reasoning, two to four words. */
  readonly tag: string;
  readonly wordings: readonly string[];
  /** Adds this atom's part to what the answer writer has to meet. */
  readonly obey: (demands: Demands) => void;
  /** What an answer that overlooks the atom does, where chance alone would often satisfy it. */
  readonly flout?: (demands: Demands) => void;
}

type Forms = "list" | "sentence" | "both";

interface AtomMaker {
  readonly kind: string;
  readonly forms: Forms;
  readonly weight: number;
  readonly conflicts: string;
  readonly make: (random: Random, goal: FreeGoal) => Omit<Atom, "kind">;
}

export function rule(id: string, kwargs: Record<string, unknown> = {}): RuleNode {
  return { type: "rule", id, kwargs };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function goalTopicWords(goal: FreeGoal): readonly string[] {
  return goal.kind === "list"
    ? goal.topic.words
    : TOPICS.filter((topic) => topic.name === "places" || topic.subject === "thing").flatMap((topic) => topic.words);
}

function keyword(random: Random, goal: FreeGoal): string {
  const words = goalTopicWords(goal).filter((word) => isKeywordSafe(word) && !(goal.kind === "sentence" && word === goal.noun));
  return random.pick(words);
}

/** Kinds whose answer may hold nothing but the asked words. */
const BARE = "exact words_below sorted unique only_from first last";

export const ATOM_MAKERS: readonly AtomMaker[] = [
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

/** Rules that never occur in starter training data; the second held-out set is built around them. */
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

const CONFLICTS = new Set<string>();
for (const maker of [...ATOM_MAKERS, ...OOD_ATOM_MAKERS]) {
  for (const other of maker.conflicts.split(" ")) {
    CONFLICTS.add(`${maker.kind} ${other}`);
    CONFLICTS.add(`${other} ${maker.kind}`);
  }
}

export function conflict(a: string, b: string): boolean {
  return a === b || CONFLICTS.has(`${a} ${b}`);
}

/** Adds the request to the answer; needs the wording of the goal, so it is made once that is known. */
export function repeatRequestAtom(request: string): Atom {
  return {
    kind: "repeat_request",
    rule: rule("combination:repeat_prompt", { prompt_to_repeat: request }),
    tag: "repeat request",
    wordings: [
      `first repeat "${request}" and then answer`,
      `begin with "${request}" word for word, then answer`,
      `copy "${request}" before your answer`,
      `start by writing "${request}" and then the answer`,
    ],
    obey: (demands) => void (demands.repeatRequest = request),
  };
}

/** One atom that fits the goal and the atoms already there; undefined when the draw does not fit. */
export function drawAtom(
  random: Random,
  goal: FreeGoal,
  present: readonly Atom[],
  makers: readonly AtomMaker[] = ATOM_MAKERS,
): Atom | undefined {
  const fitting = makers.filter(
    (maker) => (maker.forms === "both" || maker.forms === goal.kind) && present.every((atom) => !conflict(maker.kind, atom.kind)),
  );
  let ticket = random.float() * fitting.reduce((sum, maker) => sum + maker.weight, 0);
  for (const maker of fitting) {
    ticket -= maker.weight;
    if (ticket <= 0) return { kind: maker.kind, ...maker.make(random, goal) };
  }
  return undefined;
}
