// A model as one would wish it, behind a real server. It sees what a real one sees, the shipped prompts, and no more: reads the conditions
// out of the request, words them as a person would, and writes an answer that meets them, the way a careful writer goes: decide what the
// given text makes active, lay out how the answer begins, goes on and ends, count, and only then write it down.

import type { AskedRequest, ServerAct } from "../../endpoint/testing/chat-server.ts";
import { composeAnswer, type Condition } from "./compose-answer.ts";

const WORDS = {
  en: ["morning", "kitchen", "patience", "laughter", "window", "weekend", "recipe", "promise", "corner", "holiday"],
  zh: ["清晨", "厨房", "耐心", "笑声", "周末", "礼物", "花园", "故事", "朋友", "春天"],
};
const TEXTS = {
  en: [
    "The baker on the corner closed early on Friday. Several regulars waited in the rain and left a note on the door.",
    "Our neighbours repaired the fence last week. They asked for nothing but a cup of tea.",
    "The library will move to the old station in spring. Volunteers are carrying nine thousand books across the square.",
  ],
  zh: ["街角的面包店周五提前关门。几位老顾客在雨里等了很久，在门上留了一张纸条。", "邻居上周修好了篱笆。他们只想喝一杯茶。"],
};
const WISHES = [
  { sentence: "Keep a warm tone throughout.", question: "Is the tone of the answer warm throughout?" },
  { sentence: "Address the reader directly at least once.", question: "Does the answer address the reader directly at least once?" },
];

/** Holds what it wrote, as a conversation would. Gives good answers to everything; `maths` of tokens is the server's. */
export function capableModel(): (request: AskedRequest) => ServerAct {
  const conditionsOf = new Map<string, readonly string[]>();
  return ({ body }) => {
    const prompt = body.messages.at(-1)?.content ?? "";
    const seed = body.seed ?? 0;
    const request = /(?:Request|Task):\n([^]*?)\n\n/.exec(`${prompt}\n\n`)?.[1] ?? "";
    const language = /\p{Script=Han}/u.test(request) ? "zh" : "en";
    const say = (value: unknown): ServerAct => ({ type: "say", text: typeof value === "string" ? value : JSON.stringify(value) });
    if (prompt.includes('{"ability"')) return say({ ability: "writing", topic: "home" });
    if (prompt.includes('{"words"')) return say({ words: WORDS[language].filter((word) => !request.includes(word)).slice(0, 8) });
    if (prompt.includes('{"text"')) return say({ text: TEXTS[language][seed % TEXTS[language].length] });
    if (prompt.includes('{"wishes"')) return say({ wishes: WISHES.slice(0, Number(/by (\d+) further/.exec(prompt)?.[1] ?? 1)) });
    if (prompt.includes("Further wishes:")) {
      const written = /Instruction:\n([^]*?)\n\nFurther wishes:/.exec(prompt)?.[1] ?? "";
      const wishes = [...prompt.matchAll(/^- (.+)$/gm)].map(([, wish]) => wish).join(" ");
      conditionsOf.set(`${written} ${wishes}`, conditionsOf.get(written) ?? []);
      return say({ instruction: `${written} ${wishes}` });
    }
    if (prompt.includes('{"instruction"')) {
      const lines = (/Conditions[^\n]*:\n([^]*?)\n\n/.exec(prompt)?.[1] ?? "").split("\n");
      const instruction = wordedInstruction(request, lines, language);
      conditionsOf.set(instruction, lines);
      return say({ instruction });
    }
    if (prompt.includes('{"yes"')) return say({ yes: true });
    if (prompt.includes('"hallucination"'))
      return say({ hallucination: false, illDefined: false, contradictory: false, unsafe: false, because: "Nothing is wrong with it." });
    return say(answer(prompt.slice(prompt.indexOf("Instruction:\n") + "Instruction:\n".length), conditionsOf));
  };
}

function answer(asked: string, conditionsOf: ReadonlyMap<string, readonly string[]>): string {
  const [instruction = "", given = ""] = asked.split(/\n\n(?:Text:|文本：)\n/);
  const lines = conditionsOf.get(instruction.trim()) ?? [];
  const active = activeLines(lines, given);
  const conditions = active.map((text): Condition => ({ text }));
  const { text, steps } = composeAnswer(conditions, /\p{Script=Han}/u.test(instruction) ? "zh" : "en");
  return `<think>\n${steps.join("\n")}\n</think>\n<answer>\n${text}\n</answer>`;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isChoice = (line: string): boolean => /^\s*- (?:if|or else if|otherwise)/.test(line);

/** The conditions that count for the given text: of a choice only the branch that it makes. */
function activeLines(lines: readonly string[], given: string): string[] {
  const active: string[] = [];
  let chosen = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (!isChoice(line)) {
      if (!line.trimEnd().endsWith(":")) active.push(line.trim().replace(/^- /, ""));
      continue;
    }
    const isTaken: boolean = !chosen && (line.includes("- otherwise") || holds(line, given));
    chosen = isTaken || (chosen && !line.includes("- otherwise"));
    if (isTaken) continue;
    while (at + 1 < lines.length && indentOf(lines[at + 1] ?? "") > indentOf(line)) at++;
  }
  return active;
}

function holds(line: string, given: string): boolean {
  const word = /contains "(.+?)"/.exec(line)?.[1];
  if (word !== undefined) return new RegExp(`(?<![\\p{L}])${word}(?![\\p{L}])`, "iu").test(given);
  const count = given.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0;
  const least = /at least (\d+) words/.exec(line)?.[1];
  const below = /less than (\d+) words/.exec(line)?.[1];
  return least === undefined ? count < Number(below) : count >= Number(least);
}

/** The task and its conditions in running text. */
function wordedInstruction(task: string, lines: readonly string[], language: "en" | "zh"): string {
  const parts: string[] = [];
  let chain = 0;
  for (const line of lines) {
    const text = line.trim().replace(/^- /, "");
    if (text.startsWith("all of these")) continue;
    if (text.startsWith("step by step")) {
      chain = 1;
      parts.push(language === "zh" ? "请按以下顺序组织回答。" : "Build the answer in this order.");
    } else if (/^(?:if|or else if) the given text /.test(text)) {
      const condition = text.replace(/^.*?given text /, "").replace(/:$/, "");
      parts.push(language === "zh" ? `如果所给文本${inChinese(condition)}：` : `If the text below ${condition}:`);
    } else if (text.startsWith("otherwise")) parts.push(language === "zh" ? "否则：" : "Otherwise:");
    else {
      const order = chain === 0 ? "" : language === "zh" ? `第${chain}步：` : `Step ${chain}: `;
      if (chain > 0) chain++;
      parts.push(`${order}${spoken(text, language)}`);
    }
  }
  return `${task} ${parts.join(" ")}`;
}

function inChinese(condition: string): string {
  const [, word] = /^contains "(.+)"/.exec(condition) ?? [];
  const [, relation = "", count = ""] = /(at least|less than) (\d+)/.exec(condition) ?? [];
  return word === undefined ? `${relation === "at least" ? "不少于" : "少于"}${count}个词` : `提到"${word}"`;
}

const SPOKEN: readonly (readonly [RegExp, string, string])[] = [
  [/^exactly (\d+) bullet points?/, "Use exactly $1 bullet points that start with a star.", "使用恰好$1个以星号开头的要点（bullet）。"],
  [/^a numbered list of exactly (\d+) items?/, "Give a numbered list of exactly $1 items.", "给出恰好$1项的编号列表。"],
  [
    /^exactly (\d+) paragraphs? separated by \*\*\*/,
    "Write exactly $1 paragraphs with *** between them.",
    "写恰好$1段，段与段之间用 *** 隔开。",
  ],
  [/^at least (\d+) words/, "Write at least $1 words.", "至少写$1个词。"],
  [/^less than (\d+) words/, "Stay below $1 words.", "少于$1个词。"],
  [/^at least (\d+) sentences/, "Write at least $1 sentences.", "至少写$1句话。"],
  [/^less than (\d+) sentences/, "Stay below $1 sentences.", "少于$1句话。"],
  [/^contains (.+)$/, "Work in $1.", "请用到$1。"],
  [/^does not contain (.+)$/, "Do not use $1.", "不要使用$1。"],
  [/^"(.+)" at least (\d+) times/, 'Use "$1" at least $2 times.', '至少使用$2次"$1"。'],
  [
    /^at least (\d+) highlighted sections?/,
    "Highlight at least $1 parts between single stars, *like this*.",
    "至少用星号突出$1处，*像这样*。",
  ],
  [
    /^at least (\d+) placeholders?/,
    "Leave at least $1 placeholders in square brackets, such as [name].",
    "至少留$1个方括号占位符，例如[姓名]。",
  ],
  [/^a title in double/, "Give it a title in double angular brackets, such as <<title>>.", "加上双尖括号标题，例如 <<标题>>。"],
  [/^the whole answer is valid JSON/, "The whole answer has to be valid JSON.", "整个回答必须是有效的 JSON。"],
  [/^a postscript/, 'Close with a postscript that starts with "P.S.".', '最后加上以"P.S."开头的附言。'],
  [/^two different answers/, "Give two different answers with ****** between them.", "给出两个不同的回答，中间用 ****** 隔开。"],
  [/^ends with the mark "(.)"/, 'The very end has to be the mark "$1".', '结尾必须是"$1"。'],
  [/^ends with "(.+)"/, 'End with "$1" and nothing after it.', '以"$1"结尾，后面不要再写。'],
  [/^the whole answer in double quotes/, "Put the whole answer in double quotation marks.", "整个回答放在双引号里。"],
  [/^no commas/, "Use no commas.", "不要使用逗号。"],
  [/^the first word is "(.+)"/, 'Start with the word "$1".', '以"$1"一词开头。'],
  [/^the last word is "(.+)"/, 'Let "$1" be the last word.', '最后一个词是"$1"。'],
  [/^all letters in lower case/, "Write everything in lower case.", "全部使用小写字母。"],
  [/^all letters in capitals/, "Write everything in capitals.", "全部使用大写字母。"],
];

function spoken(condition: string, language: "en" | "zh"): string {
  const [pattern, english = "", chinese = ""] = SPOKEN.find(([each]) => each.test(condition)) ?? [];
  return pattern === undefined
    ? `${condition}.`
    : condition.replace(new RegExp(`${pattern.source}.*`), language === "zh" ? chinese : english);
}
