// The language of a text, for sorting and filtering: by its script, and among the languages written in Latin letters by their
// commonest short words. A guess that costs microseconds; checks of answers have a detector of their own.

const SCRIPTS = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["ko", /\p{Script=Hangul}/u],
  ["zh", /\p{Script=Han}/u],
  ["ru", /\p{Script=Cyrillic}/u],
  ["ar", /\p{Script=Arabic}/u],
  ["hi", /\p{Script=Devanagari}/u],
  ["th", /\p{Script=Thai}/u],
  ["el", /\p{Script=Greek}/u],
  ["he", /\p{Script=Hebrew}/u],
] as const;

const COMMON_WORDS: Readonly<Record<string, string>> = {
  en: "the of and to in is that it with for you be are this your or not write have use",
  de: "der die das und ist nicht ein eine mit zu auf den dem sich sie ich wie für auch",
  fr: "le la les des et est une un dans que pour qui pas sur au avec vous ce plus",
  es: "el los las una es que en por con para del se no como su al lo más",
  it: "il che di una per non con sono del della gli nel alla più questo come si",
  pt: "o que uma para com não os do da em por mais como dos ao se na",
  nl: "het een van dat niet met voor zijn op aan ook maar er wordt als bij",
};

const LANGUAGES_OF_WORD = new Map<string, string[]>();
for (const [language, words] of Object.entries(COMMON_WORDS)) {
  for (const word of words.split(" ")) LANGUAGES_OF_WORD.set(word, [...(LANGUAGES_OF_WORD.get(word) ?? []), language]);
}

const LOOKED_AT = 160;
/** Share of characters outside Latin from which a script decides; instructions in Chinese often carry English words. */
const SCRIPT_SHARE = 0.1;

/** ISO 639-1 code, "en" where Latin letters say nothing else, "" without any letter. */
export function textLanguage(text: string): string {
  const start = text.slice(0, LOOKED_AT);
  if (/[^\p{ASCII}]/u.test(start)) {
    const letters = start.match(/\p{L}/gu) ?? [];
    for (const [language, script] of SCRIPTS) {
      if (!script.test(start)) continue;
      const share = letters.filter((letter) => script.test(letter)).length / letters.length;
      if (share >= SCRIPT_SHARE) return language;
    }
  }
  return latinLanguage(start);
}

function latinLanguage(text: string): string {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    for (const language of LANGUAGES_OF_WORD.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  let best = "en";
  for (const [language, count] of counts) if (count > (counts.get(best) ?? 0)) best = language;
  return /\p{L}/u.test(text) ? best : "";
}
