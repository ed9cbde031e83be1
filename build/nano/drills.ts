// Small exercises that build the skills deep reasoning is made of: counting words aloud, tallying, sorting, copying, first
// letters, capitals, the words of a topic. Owns questions and answers of the pre-training corpus only.

import type { Random } from "../../electron/engine/tensor/random.ts";
import { countedAloud, tallied } from "../../electron/engine/synthesis/world/conditions.ts";
import { TOPICS, topicOf } from "../../electron/engine/synthesis/world/lexicon.ts";
import { makeMixedList, makeTallyList, makeText } from "../../electron/engine/synthesis/world/sentences.ts";

export interface Drill {
  readonly prompt: string;
  readonly answer: string;
}

function count(random: Random): Drill {
  const input = makeText(random, "train");
  return {
    prompt: `${random.pick(["count the words aloud", "number each word", "count aloud how many words there are"])}: "${input.text}"`,
    answer: `${countedAloud(input.words)}. ${input.words.length} words`,
  };
}

function tally(random: Random): Drill {
  const input = makeTallyList(random, "train");
  const word = random.pick(input.words);
  return {
    prompt: `${random.pick(["read the list and count the word", "count aloud how often there is the word"])} ${word}: ${input.text}.`,
    answer: `${tallied(input.words, [word])}. ${word} ${input.words.filter((other) => other === word).length}`,
  };
}

function sort(random: Random): Drill {
  const { text, words } = makeMixedList(random, "train");
  return {
    prompt: `${random.pick(["sort from a to z", "put in alphabetical order", "order by the alphabet"])}: ${text}.`,
    answer: `letters ${words.map((word) => word.charAt(0)).join(" ")}. sorted: ${[...words].sort().join(" ")}`,
  };
}

function topicWords(random: Random): Drill {
  const { text, words } = makeMixedList(random, "train");
  const topic = topicOf(random.pick(words)) ?? TOPICS[0];
  return {
    prompt: `${random.pick(["take only the", "find all", "pick out the"])} ${topic?.plural}: ${text}.`,
    answer: `${topic?.plural}: ${words.filter((word) => topicOf(word) === topic).join(" ")}`,
  };
}

function capitals(random: Random): Drill {
  const words = random.shuffle(random.pick(TOPICS).words).slice(0, 2 + random.integer(4));
  const up = random.float() < 0.7;
  return up
    ? {
        prompt: `${random.pick(["in capitals", "write in capital letters"])}: ${words.join(", ")}.`,
        answer: words.join(", ").toUpperCase(),
      }
    : {
        prompt: `${random.pick(["in small letters", "write in lower case"])}: ${words.join(", ").toUpperCase()}.`,
        answer: words.join(", "),
      };
}

function whole(random: Random): Drill {
  const topic = random.pick(TOPICS);
  const words = random.float() < 0.4 ? [...topic.words].sort() : random.shuffle(topic.words).slice(0, 3 + random.integer(6));
  const sorted = words.length === topic.words.length;
  return sorted
    ? { prompt: `${random.pick(["list all", "name all"])} ${topic.plural} you know from a to z.`, answer: words.join(", ") }
    : { prompt: `${random.pick(["count aloud", "list and number"])} ${words.length} ${topic.plural}.`, answer: countedAloud(words) };
}

function category(random: Random): Drill {
  const words = random.shuffle(TOPICS.flatMap((topic) => topic.words)).slice(0, 3);
  return {
    prompt: `${random.pick(["what is each of these", "say what these are"])}: ${words.join(", ")}.`,
    answer: words.map((word) => `${word} is ${topicOf(word)?.one ?? ""}`).join(". "),
  };
}

/** Words are drawn with repetition, so that only their order tells which comes next. */
function copy(random: Random): Drill {
  const [order, times] = random.pick([
    ["say again", 1],
    ["copy", 1],
    ["repeat these words", 1],
    ["write this three times", 3],
    ["say three times", 3],
  ] as const);
  const lexicon = TOPICS.flatMap((topic) => topic.words);
  const words = Array.from({ length: times === 1 ? 3 + random.integer(10) : 4 + random.integer(24) }, () => random.pick(lexicon)).join(" ");
  return { prompt: `${order}: ${words}`, answer: Array.from({ length: times }, () => words).join(" ") };
}

function follower(random: Random): Drill {
  const words = random.shuffle(TOPICS.flatMap((topic) => topic.words)).slice(0, 3 + random.integer(6));
  const place = random.integer(words.length - 1);
  return {
    prompt: `${random.pick(["which word comes after", "what follows"])} ${words[place] ?? ""}: ${words.join(" ")}`,
    answer: words[place + 1] ?? "",
  };
}

/** `copyShare` of the drills are plain copying, the rest is spread over the other skills. */
export function drawDrill(random: Random, copyShare: number): Drill {
  if (random.float() < copyShare) return copy(random);
  return random.pick([count, count, tally, sort, sort, topicWords, capitals, whole, category, follower])(random);
}
