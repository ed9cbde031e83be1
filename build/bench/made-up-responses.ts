// Responses as a model in training might give them, made up from the starter data's own demonstrations: careless at first, careful
// later, some cut off or malformed. The same for the same random numbers. Only the texts are made up; their rewards are real.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import type { Random } from "../../electron/engine/tensor/random.ts";

export interface MadeUpResponse {
  /** Without the pre-fill. */
  readonly text: string;
  readonly finish: "stop" | "length";
}

const OPENINGS = [
  "let me think about what is asked here.",
  "the request has several parts.",
  "i read the request once more.",
  "first i look at what the user wants.",
  "this asks for a short text.",
];
const THOUGHTS = [
  "the order of the parts may matter, so i keep it in mind.",
  "i write a draft and look at it again.",
  "a plain sentence is enough for the first part.",
  "the second part needs a little more care than the first.",
  "i could use other words, but these are simple.",
  "there is more than one way to do this.",
  "a longer answer would not be better.",
  "i keep the words that are already good.",
];
const SUBJECTS = ["the garden", "a sailor", "my sister", "the old lamp", "a river", "the market", "our teacher", "a yellow boat"];
const VERBS = ["waits", "shines", "rests", "sings", "moves", "falls", "turns", "grows"];
const PLACES = ["by the door", "near the road", "under the table", "in winter", "behind the house", "after lunch", "on the hill"];

/**
 * `skill` is the chance, 0 to 1, that the response is a careful one, `runaway` that it reaches the length limit. `padding` sentences make
 * it as long as those of a larger model.
 */
export function madeUpResponse(
  record: InstructionRecord,
  mode: "think" | "empty",
  { skill, runaway, padding }: { readonly skill: number; readonly runaway: number; readonly padding: number },
  random: Random,
): MadeUpResponse {
  const careful = random.float() < skill;
  const answer = careful ? goodAnswer(record) : damaged(goodAnswer(record), random);
  const body =
    mode === "empty"
      ? `<answer>\n${answer}\n</answer>`
      : `${reasoning(record, careful, padding, random)}\n</think>\n<answer>\n${answer}\n</answer>`;
  const fate = random.float();
  if (fate < runaway) return { text: body.slice(0, Math.floor(body.length * (0.3 + 0.4 * random.float()))), finish: "length" };
  if (fate > 0.98) return { text: body.replace("</answer>", ""), finish: "stop" };
  return { text: body, finish: "stop" };
}

function goodAnswer({ expert, label }: InstructionRecord): string {
  if (label.type === "math") return `the result is \\boxed{${label.answer}}.`;
  return expert?.answer ?? "a short answer.";
}

function reasoning(record: InstructionRecord, careful: boolean, padding: number, random: Random): string {
  const request = record.messages.at(-1)?.content ?? "";
  const parts = request.split(/(?<=[.:])\s+/);
  const filler = Array.from({ length: padding }, () => (random.float() < 0.5 ? random.pick(THOUGHTS) : sentence(random)));
  if (!careful) return [random.pick(OPENINGS), `it says: ${random.pick(parts)}`, ...filler, "that should be fine."].join(" ");
  const plan = record.expert?.think ?? `add the numbers. check: the result is in the box ok.`;
  const second = random.float() < 0.2 ? ["wait, one rule is not met yet, so i change the draft."] : [];
  return [...filler.slice(0, padding / 2), plan, ...second, ...filler.slice(padding / 2)].join(" ");
}

function sentence(random: Random): string {
  return `${random.pick(SUBJECTS)} ${random.pick(VERBS)} ${random.pick(PLACES)}.`;
}

/** One or two things go wrong: a word is lost, doubled or put in capitals, a comma or a sentence comes in. */
function damaged(answer: string, random: Random): string {
  const words = answer.split(" ");
  for (let harm = 1 + random.integer(2); harm > 0; harm--) {
    const at = random.integer(words.length);
    const word = words[at] ?? "";
    const change = random.integer(5);
    if (change === 0) words.splice(at, 1);
    else if (change === 1) words.splice(at, 0, word);
    else if (change === 2) words[at] = word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase();
    else if (change === 3) words[at] = `${word},`;
    else words.push(sentence(random));
  }
  return words.join(" ").replaceAll("\\boxed{", random.float() < 0.5 ? "\\boxed{1" : "{");
}
