// Measures the corpus: how often answers of each style pass all checks, by number of checks, under the real rewards; how many
// tokens prompts, reasoning and answers take; how many words are one token. Run: node build/nano/corpus-report.ts [samples]

import { fileURLToPath } from "node:url";
import { parseResponse } from "../../electron/engine/rewards/format.ts";
import { scoreAnswer } from "../../electron/engine/rewards/reward.ts";
import { Tokenizer } from "../../electron/engine/tokenizer/tokenizer.ts";
import { promptText } from "./conversation-text.ts";
import { PREFILLS, sampleAt } from "./corpus.ts";

const samples = Number(process.argv[2] ?? 20_000);
const tokenizer = await Tokenizer.load(fileURLToPath(new URL("../../resources/nano/", import.meta.url)));
const tokensOf = (text: string): number => tokenizer.encode(text).length;

interface Tally {
  count: number;
  passed: number;
  prompt: number;
  think: number;
  answer: number;
  longest: number;
}

const tallies = new Map<string, Tally>();
function tallyOf(key: string): Tally {
  const tally = tallies.get(key) ?? { count: 0, passed: 0, prompt: 0, think: 0, answer: 0, longest: 0 };
  tallies.set(key, tally);
  return tally;
}

const words = new Map<string, number>();
for (let index = 0; index < samples; index++) {
  const sample = sampleAt(1, index);
  const prompt = promptText(sample.messages) + PREFILLS[sample.prefill];
  const parsed = parseResponse(PREFILLS[sample.prefill] + sample.response);
  const answer = sample.prefill === "none" ? sample.response : parsed.answer;
  const passed = sample.record === undefined ? 0 : scoreAnswer(answer, sample.record).accuracy === 2 ? 1 : 0;
  const promptTokens = tokensOf(prompt);
  const thinkTokens = sample.prefill === "think" ? tokensOf(parsed.think) : 0;
  const responseTokens = tokensOf(sample.response);
  const tags = sample.record?.tags;
  const shape = String(tags?.["shape"] ?? tags?.["composition"] ?? "drill");
  const checks = tags?.["checks"] === undefined ? shape : `${String(tags["checks"])} checks`;
  for (const key of [`${sample.style} / ${shape}`, `${sample.style} / ${checks}`, `${sample.style} / all`, "all"]) {
    const tally = tallyOf(key);
    tally.count++;
    tally.passed += passed;
    tally.prompt += promptTokens;
    tally.think += thinkTokens;
    tally.answer += responseTokens - thinkTokens;
    tally.longest = Math.max(tally.longest, promptTokens + responseTokens);
  }
  for (const [word] of `${prompt} ${sample.response}`.matchAll(/ ?\p{L}+/gu)) words.set(word, (words.get(word) ?? 0) + 1);
}

const rows = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1));
for (const [key, { count, passed, prompt, think, answer, longest }] of rows) {
  const mean = (sum: number): string => (sum / count).toFixed(0).padStart(5);
  const share = ((100 * passed) / count).toFixed(1).padStart(6);
  process.stdout.write(
    `${key.padEnd(24)} n ${String(count).padStart(6)}  pass ${share} %  tokens: prompt ${mean(prompt)} think ${mean(think)} rest ${mean(answer)}  longest ${longest}\n`,
  );
}
let occurrences = 0;
let whole = 0;
const broken: [string, number][] = [];
for (const [word, count] of words) {
  occurrences += count;
  if (tokensOf(word) === 1) whole += count;
  else broken.push([word, count]);
}
broken.sort((a, b) => b[1] - a[1]);
process.stdout.write(
  `words that are one token: ${((100 * whole) / occurrences).toFixed(2)} % of occurrences, ${words.size - broken.length} of ${words.size} forms\n`,
);
process.stdout.write(
  `most frequent of the others: ${broken
    .slice(0, 20)
    .map(([word, count]) => `${JSON.stringify(word)} ${count}`)
    .join(", ")}\n`,
);
