import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { detectLanguage, detectLanguages, LANGUAGES } from "./language.ts";
import { readLanguageProfiles } from "./text-resources.ts";

const VECTORS = new URL("../../../../shared/vectors/nltk_langdetect_vectors.jsonl", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the public language detection is not tested");

test.each([
  ["en", "The ferry leaves at noon and comes back before the evening."],
  ["de", "Die Fähre fährt am Mittag ab und kommt vor dem Abend zurück."],
  ["fr", "Le bateau part à midi et revient avant le soir."],
  ["ru", "Паром отправляется в полдень и возвращается до вечера."],
  ["zh-cn", "渡轮中午出发，晚上之前回来。我们在码头等你。"],
  ["ja", "フェリーは正午に出て、夕方までに戻ってきます。"],
  ["ko", "배는 정오에 출발해서 저녁 전에 돌아옵니다."],
  ["vi", "Chuyến phà khởi hành vào buổi trưa và trở về trước buổi tối."],
])("%s", (language, text) => {
  expect(detectLanguage(text)).toBe(language);
});

test("nothing to go by is no language, a mixture is not certain, and the same text gives the same", () => {
  for (const text of ["", " \n", "12 + 3 = 15!", "😀", "https://example.org/page someone@example.org"]) {
    expect(detectLanguage(text), text).toBeUndefined();
  }
  const guesses = detectLanguages("el the la der");
  expect(guesses).toEqual(detectLanguages("el the la der"));
  expect(guesses?.every(({ probability }) => probability > 0.1 && probability <= 1)).toBe(true);
});

test("a text in another script is read without its Latin words", () => {
  expect(detectLanguage("Это письмо о компании OpenSource и её планах на весну, которые мы обсудим.")).toBe("ru");
});

test("the languages named in the code are those of the tables", () => {
  expect(readLanguageProfiles().languages).toEqual(LANGUAGES);
});

interface Vector {
  readonly text: string;
  /** Languages and probabilities of one run of the reference, which draws at random; null where it finds nothing to go by. */
  readonly langdetect: readonly (readonly [string, number])[] | null;
}

test.skipIf(!present)("languages agree with the reference", () => {
  const vectors = readFileSync(VECTORS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Vector);
  const disagreements = vectors.filter(({ text, langdetect }) => detectLanguage(text) !== langdetect?.[0]?.[0]);
  console.log(`languages ${vectors.length - disagreements.length}/${vectors.length}`);
  // Where the reference itself hesitates, its next run may say otherwise.
  expect(disagreements.filter(({ langdetect }) => langdetect === null || (langdetect[0]?.[1] ?? 0) > 0.8)).toEqual([]);
  expect(disagreements.length / vectors.length).toBeLessThanOrEqual(0.02);
});
