// Writes an answer that meets a set of demands: a list of words or a few sentences, then its decoration. What it returns is
// right by construction in nearly all cases; whoever needs certainty asks the real checkers.

import type { Random } from "../../tensor/random.ts";
import type { Demands } from "./demands.ts";
import { SUBJECT_TOPICS, TOPICS, type Topic } from "./lexicon.ts";
import { capitalized, makeSentence } from "./sentences.ts";

/** The answer and the plain words it was built from, in order, grouped by sentence (a list is one group). */
export interface WrittenAnswer {
  readonly text: string;
  readonly groups: readonly (readonly string[])[];
}

export type FreeGoal = { readonly kind: "list"; readonly topic: Topic } | { readonly kind: "sentence"; readonly noun: string };

export function writeAnswer(goal: FreeGoal, demands: Demands, random: Random): WrittenAnswer | undefined {
  const groups = goal.kind === "list" ? listGroups(goal.topic, demands, random) : sentenceGroups(goal.noun, demands, random);
  if (groups === undefined) return undefined;
  const body = goal.kind === "list" ? listBody(goal.topic, groups, demands) : sentenceBody(groups, demands);
  const title = goal.kind === "list" ? goal.topic.name : goal.noun;
  return { text: decorated(body, title, goal.kind, demands), groups };
}

function listLength(demands: Demands, needed: number, random: Random): number | undefined {
  const fixed = demands.exact ?? demands.bullets ?? demands.numbered ?? demands.separator?.parts;
  if (fixed !== undefined) return fixed >= needed ? fixed : undefined;
  const highlights = demands.highlights ?? 0;
  const capitals = typeof demands.capitals === "number" ? demands.capitals : 0;
  const low = Math.max(demands.minWords ?? 0, needed, highlights, capitals, demands.sorted === true ? 2 : 0);
  const high = (demands.belowWords ?? 99) - 1;
  if (low > high) return undefined;
  if (demands.minWords !== undefined) return low + (low < high ? random.integer(2) : 0);
  const from = Math.min(Math.max(low, demands.belowWords === undefined ? 3 : 2), high);
  return from + random.integer(Math.min(3, high - from + 1));
}

function listGroups(topic: Topic, demands: Demands, random: Random): string[][] | undefined {
  const required = new Set(demands.include);
  if (demands.first !== undefined) required.add(demands.first);
  if (demands.last !== undefined) required.add(demands.last);
  const tally = demands.more;
  const fromPool = demands.fromPool === undefined ? [] : random.shuffle(demands.fromPool.words.filter((word) => !demands.forbid.has(word)));
  const have = fromPool.filter((word) => required.has(word)).length;
  fromPool
    .filter((word) => !required.has(word))
    .slice(0, Math.max(0, (demands.fromPool?.atLeast ?? 0) - have))
    .forEach((word) => required.add(word));
  let middle = [...required].filter((word) => word !== demands.first && word !== demands.last);
  if (demands.repeat !== undefined) {
    const { word, times } = demands.repeat;
    middle = [...middle.filter((other) => other !== word), ...Array.from({ length: times }, () => word)];
  }
  if (tally !== undefined) middle.push(...[tally.word, tally.word, tally.than].slice(0, random.float() < 0.5 ? 3 : 2));
  const edges = (demands.first === undefined ? 0 : 1) + (demands.last === undefined ? 0 : 1);
  const length = listLength(demands, middle.length + edges, random);
  if (length === undefined) return undefined;
  const used = new Set([...middle, demands.first, demands.last]);
  let pool = random.shuffle(
    (demands.pool ?? topic.words).filter((word) => !demands.forbid.has(word) && !used.has(word) && word !== tally?.than),
  );
  if (demands.letter !== undefined) {
    const letter = demands.letter.letter;
    pool = [...pool.filter((word) => word.includes(letter)), ...pool.filter((word) => !word.includes(letter))];
  }
  let spare = length - middle.length - edges;
  if (demands.duplicate === true && middle.length === 0 && spare >= 3) {
    spare -= 1;
    middle.push(pool[0] ?? "");
  }
  if (pool.length < spare) return undefined;
  let words = random.shuffle([...middle, ...pool.slice(0, spare)]);
  if (demands.sorted === true) words = words.sort();
  if (demands.first !== undefined) words.unshift(demands.first);
  if (demands.last !== undefined) words.push(demands.last);
  return [words];
}

/** The words of a list in the case the demands ask for. */
export function casedList(words: readonly string[], demands: Demands): string[] {
  const capitals = demands.capitals === "all" ? words.length : (demands.capitals ?? 0);
  return words.map((word, i) => (i < capitals ? word.toUpperCase() : word));
}

function listBody(topic: Topic, groups: readonly (readonly string[])[], demands: Demands): string {
  let words = casedList(groups[0] ?? [], demands);
  words = words.map((word, i) => (i < (demands.highlights ?? 0) ? `*${word}*` : word));
  words.push(...["[name]", "[place]", "[time]"].slice(0, demands.placeholders ?? 0));
  if (demands.json === true)
    return JSON.stringify({ [topic.name]: words })
      .replaceAll('","', '", "')
      .replace('":[', '": [');
  if (demands.bullets !== undefined) return words.map((word) => `* ${word}`).join("\n");
  if (demands.numbered !== undefined) return words.map((word, i) => `${i + 1}. ${word}`).join("\n");
  if (demands.separator !== undefined) return words.join(` ${demands.separator.text} `);
  const joined = words.join(demands.noComma === true ? " " : ", ");
  if (demands.twoAnswers !== true) return joined;
  const other = [...words.slice(1), words[0]].join(demands.noComma === true ? " " : ", ");
  return `${joined}\n******\n${other}`;
}

function sentenceGroups(noun: string, demands: Demands, random: Random): string[][] | undefined {
  const free = demands.minSentences === undefined && demands.paragraphs === undefined;
  const count = demands.paragraphs ?? demands.minSentences ?? (free && (demands.exact ?? 0) > 13 ? 2 : 1);
  const total = sentenceTotal(demands, count, random);
  if (total < 3 * count) return undefined;
  const groups: string[][] = [];
  // The last sentence carries every required word, the ones before it share what is left.
  const reserved = 3 + 3 * required(demands) + (count === 1 && demands.first !== undefined ? 1 : 0);
  for (let i = 0; i < count; i++) {
    const rest = count - i - 1;
    const left = total - groups.flat().length;
    const spare = left - reserved - 3 * (rest - 1);
    const length = rest === 0 ? left : Math.max(3, Math.min(spare, Math.round(left / (rest + 1)) + random.integer(3) - 1));
    const other = random.pick(random.pick(SUBJECT_TOPICS).words.filter((word) => !demands.forbid.has(word)));
    const words = makeSentence(random, {
      subject: i === 0 ? noun : other,
      length,
      first: i === 0 ? demands.first : undefined,
      last: rest === 0 ? demands.last : undefined,
      include: rest === 0 ? demands.include : [],
      forbid: demands.forbid,
    });
    if (words === undefined) return undefined;
    groups.push(words);
  }
  return groups;
}

/** Nouns that need a phrase of their own. */
function required(demands: Demands): number {
  return new Set([...demands.include, ...(demands.last === undefined ? [] : [demands.last])]).size;
}

function sentenceTotal(demands: Demands, count: number, random: Random): number {
  if (demands.exact !== undefined) return demands.exact;
  const low = Math.max(demands.minWords ?? 0, 3 * count + 3 * required(demands) + (demands.first === undefined ? 0 : 1));
  const high = (demands.belowWords ?? 99) - 1;
  const span = demands.minWords !== undefined || count > 1 ? 3 : 5;
  return low + random.integer(Math.max(1, Math.min(span, high - low + 1)));
}

function sentenceBody(groups: readonly (readonly string[])[], demands: Demands): string {
  let highlights = demands.highlights ?? 0;
  const sentences = groups.map((words) => {
    const marked = words.map((word, i) => {
      const nounLike = i === words.length - 1 || TOPICS.some((topic) => topic.words.includes(word));
      if (highlights === 0 || !nounLike) return word;
      highlights -= 1;
      return `*${word}*`;
    });
    const opener = ["today", "now", "sometimes", "often"].includes(words[0] ?? "") && demands.noComma !== true;
    const line = opener ? `${marked[0]}, ${marked.slice(1).join(" ")}` : marked.join(" ");
    return demands.lower === true ? line : capitalized(line);
  });
  const slots = ["[name]", "[place]", "[time]"].slice(0, demands.placeholders ?? 0);
  const body = sentences.map((line) => `${line}.`);
  if (slots.length > 0) body[body.length - 1] = `${sentences.at(-1) ?? ""} with ${slots.join(" and ")}.`;
  const text = body.join(demands.paragraphs === undefined ? " " : "\n***\n");
  return demands.capitals === "all" ? text.toUpperCase() : text;
}

function decorated(body: string, title: string, kind: FreeGoal["kind"], demands: Demands): string {
  let text = body;
  if (demands.mark !== undefined) text = kind === "sentence" ? text.replace(/\.$/, demands.mark) : `${text}${demands.mark}`;
  if (demands.title === true) text = `<<${demands.capitals === "all" ? title.toUpperCase() : title}>>\n${text}`;
  if (demands.repeatRequest !== undefined) text = `${demands.repeatRequest}\n${text}`;
  if (demands.endPhrase !== undefined) text = `${text}\n${demands.endPhrase}`;
  if (demands.postscript === true) text = `${text}\nP.S. thank you`;
  if (demands.quoted === true) text = `"${text}"`;
  return text;
}
