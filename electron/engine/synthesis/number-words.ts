// Counts as instructions write them: digits, English and Chinese words, up to 999.

const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const CHINESE_DIGITS = Array.from("零一二三四五六七八九");
const LARGEST = 999;

/** Also said for the smallest counts. */
const OTHER_FORMS: Readonly<Record<number, readonly string[]>> = { 1: ["single", "once"], 2: ["两", "twice", "pair"], 12: ["dozen"] };

/** "one hundred twenty five": without hyphens and "and". */
function english(count: number): string {
  if (count < 20) return ONES[count] ?? "";
  if (count < 100) return [TENS[Math.floor(count / 10)], ...(count % 10 === 0 ? [] : [ONES[count % 10]])].join(" ");
  const rest = count % 100;
  return `${ONES[Math.floor(count / 100)]} hundred${rest === 0 ? "" : ` ${english(rest)}`}`;
}

function chinese(count: number): string {
  if (count < 10) return CHINESE_DIGITS[count] ?? "";
  if (count < 100) {
    const [tens, ones] = [Math.floor(count / 10), count % 10];
    return `${tens === 1 ? "" : CHINESE_DIGITS[tens]}十${ones === 0 ? "" : CHINESE_DIGITS[ones]}`;
  }
  const rest = count % 100;
  const between = rest === 0 ? "" : rest < 10 ? "零" : rest < 20 ? "一" : "";
  return `${CHINESE_DIGITS[Math.floor(count / 100)]}百${between}${rest === 0 ? "" : chinese(rest)}`;
}

const LETTER = "\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}";

/** Whether a text names the count by itself, not inside a longer number or word. */
export function namesCount(text: string, count: number): boolean {
  const plain = text
    .toLowerCase()
    .replace(/(?<=\p{L})-(?=\p{L})/gu, " ")
    .replace(/\bhundred and\b/g, "hundred")
    .replace(/\ba hundred\b/g, "one hundred");
  if (standsAlone(plain.replace(/(?<=\d)[,，](?=\d{3}(?!\d))/g, ""), String(count))) return true;
  if (!Number.isInteger(count) || count < 0 || count > LARGEST) return false;
  const words = [english(count), ...(OTHER_FORMS[count] ?? [])];
  return words.some((word) => standsAlone(plain, word)) || namesInChinese(plain, chinese(count));
}

/** Chinese writes digits next to its characters. */
function standsAlone(text: string, form: string): boolean {
  if (/^\p{Script=Han}/u.test(form)) return text.includes(form);
  // "twenty" is not named by "twenty five", nor "five" by "twenty five".
  const tens = TENS.slice(2).join("|");
  const more = `(?:${tens}|hundred) `;
  const rest = /^\p{L}/u.test(form) ? `(?! (?:${ONES.slice(1).join("|")}|${tens}|hundred)\\b)` : "";
  return new RegExp(`(?<![${LETTER}\\p{N}])(?<!${more})${form}(?![${LETTER}\\p{N}])${rest}`, "u").test(text);
}

function namesInChinese(text: string, form: string): boolean {
  return new RegExp(`(?<![零一二三四五六七八九十百])${form}(?![零一二三四五六七八九十百])`, "u").test(text);
}
