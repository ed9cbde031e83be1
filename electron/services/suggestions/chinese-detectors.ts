// How instructions in plain Chinese ask for rules of the catalogue.

import type { Detector, SuggestedRule } from "./detectors.ts";

const NUMBER = "\\d+|[一二两三四五六七八九十百千]+";
const COUNT = `(?<relation>至少|不少于|不低于|不多于|不超过|超过|多于|至多|最多|少于|恰好|正好)?(?<n>${NUMBER})(?:[到至~-](?<to>${NUMBER}))?`;
/** More than any answer has. */
const MOST_CHARACTERS = 100_000;
/** "每段", "第三段": of a part of the answer, not of all of it. */
const OF_A_PART = "(?<!(?:每|第)[^，。；\\n]{0,8})";
const NOT = "(?:不要|不得|不能|不可|不应|禁止|避免|请勿)";
const QUOTED = "[“\"「'‘][^”\"」'’\\n]{1,40}[”\"」'’]";
const LIST = `(?<list>${QUOTED}(?:\\s*[、，,和或及与]?\\s*${QUOTED})*)`;
const KIND = "(?:以下|下列)?(?:关键词|词语|单词|词汇|词|字)?[：:]?\\s*";
const LANGUAGES: Readonly<Record<string, string>> = {
  中文: "zh",
  汉语: "zh",
  英文: "en",
  英语: "en",
  法语: "fr",
  法文: "fr",
  德语: "de",
  德文: "de",
  日语: "ja",
  日文: "ja",
  韩语: "ko",
  韩文: "ko",
  俄语: "ru",
  俄文: "ru",
  西班牙语: "es",
};

interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

/** Undefined where a bare number says neither. */
function boundsOf({ groups = {} }: RegExpExecArray): Bounds | undefined {
  const [count, to] = [readNumber(groups["n"]), readNumber(groups["to"])];
  if (count === undefined) return undefined;
  if (to !== undefined) return { least: count, most: to };
  switch (groups["relation"] ?? groups["behind"]) {
    case "至少":
    case "不少于":
    case "不低于":
    case "以上":
      return { least: count };
    case "超过":
    case "多于":
      return { least: count + 1 };
    case "少于":
      return { most: count - 1 };
    case "不多于":
    case "不超过":
    case "至多":
    case "最多":
    case "以内":
    case "之内":
    case "以下":
      return { most: count };
    case "恰好":
    case "正好":
      return { least: count, most: count };
    default:
      return undefined;
  }
}

/** Up to the thousands: 300, 三百五十, 十二. */
function readNumber(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  if (/^\d+$/.test(written)) return Number(written);
  let [total, digit] = [0, 0];
  for (const sign of written) {
    const unit = { 十: 10, 百: 100, 千: 1000 }[sign];
    if (unit === undefined) digit = sign === "两" ? 2 : "零一二三四五六七八九".indexOf(sign);
    else [total, digit] = [total + (digit === 0 ? 1 : digit) * unit, 0];
  }
  return total + digit;
}

function characters(match: RegExpExecArray): readonly SuggestedRule[] {
  const bounds = boundsOf(match);
  if (bounds === undefined) return [];
  return [{ id: "raif:character_range", kwargs: { min: bounds.least ?? 0, max: bounds.most ?? MOST_CHARACTERS } }];
}

function sentences(match: RegExpExecArray): readonly SuggestedRule[] {
  const { least, most } = boundsOf(match) ?? {};
  const rule = (relation: string, count: number): SuggestedRule => ({
    id: "length_constraints:number_sentences",
    kwargs: { relation, num_sentences: count },
  });
  return [...(least === undefined ? [] : [rule("at least", least)]), ...(most === undefined ? [] : [rule("less than", most + 1)])];
}

/** For rules that know one number only. */
function count(id: string, name: string): Detector["read"] {
  return ({ groups }) => [{ id, kwargs: { [name]: readNumber(groups?.["n"]) } }];
}

function words(id: string, name: string): Detector["read"] {
  return ({ groups }) => {
    const found = Array.from((groups?.["list"] ?? "").matchAll(new RegExp(QUOTED, "gu")), ([quoted]) => quoted.slice(1, -1).trim());
    return [{ id, kwargs: { [name]: [...new Set(found)] } }];
  };
}

const only =
  (id: string): Detector["read"] =>
  () => [{ id, kwargs: {} }];

export const CHINESE_DETECTORS: readonly Detector[] = [
  { pattern: new RegExp(`${OF_A_PART}${COUNT}\\s*个?(?:汉字|字符|字)(?<behind>以上|以内|之内|以下)?`, "giu"), read: characters },
  { pattern: new RegExp(`${OF_A_PART}${COUNT}\\s*个?(?:句子|句话|句)(?<behind>以上|以内|之内|以下)?`, "giu"), read: sentences },
  {
    pattern: new RegExp(`(?<n>${NUMBER})\\s*[个条]?(?:项目符号|要点|列表项)`, "giu"),
    read: count("detectable_format:number_bullet_lists", "num_bullets"),
  },
  {
    pattern: new RegExp(`(?:至少|不少于)?(?<n>${NUMBER})\\s*个占位符`, "giu"),
    read: count("detectable_content:number_placeholders", "num_placeholders"),
  },
  {
    pattern: new RegExp(`(?:高亮|加粗|突出)(?:显示)?(?:至少|不少于)?(?<n>${NUMBER})\\s*(?:处|个|部分)`, "giu"),
    read: count("detectable_format:number_highlighted_sections", "num_highlights"),
  },
  { pattern: new RegExp(`${NOT}(?:使用|出现|用|包含|含有|有)?(?:任何)?逗号`, "giu"), read: only("punctuation:no_comma") },
  { pattern: /(?:用|以|采用|按照?|使用|输出)\s*json\s*(?:格式|形式)?/giu, read: only("detectable_format:json_format") },
  { pattern: /(?:用|以)双引号(?:把|将)?[^，。；\n]{0,12}(?:括|包|引)起?来?/giu, read: only("startend:quotation") },
  { pattern: /标题[^。；\n]{0,12}(?:<<|《)|用(?:双尖括号|<<|《》)[^。；\n]{0,8}标题/giu, read: only("detectable_format:title") },
  { pattern: /(?:全部|全都|只|仅)(?:使用|用)?小写(?:英文)?字母/giu, read: only("change_case:english_lowercase") },
  { pattern: /(?:全部|全都|只|仅)(?:使用|用)?大写(?:英文)?字母/giu, read: only("change_case:english_capital") },
  {
    pattern: /(?:以|用)\s*[“"「](?<phrase>[^”"」\n]{1,100})[”"」]\s*(?:作为)?(?:结尾|结束|收尾)/giu,
    read: ({ groups }) => [{ id: "startend:end_checker", kwargs: { end_phrase: groups?.["phrase"] } }],
  },
  {
    pattern: new RegExp(`${NOT}(?:使用|出现|提到|提及|包含|含有|用)?${KIND}${LIST}`, "giu"),
    read: words("keywords:forbidden_words", "forbidden_words"),
  },
  {
    pattern: new RegExp(`(?<!${NOT}|不)(?:包含|包括|含有|使用|提到|提及|出现)${KIND}${LIST}`, "giu"),
    read: words("keywords:existence", "keywords"),
  },
  {
    pattern: new RegExp(
      `(?:用|使用|以)\\s*(?<language>${Object.keys(LANGUAGES).join("|")})\\s*来?(?:回答|回复|作答|撰写|书写|写|输出)`,
      "giu",
    ),
    read: ({ groups }) => [{ id: "language:response_language", kwargs: { language: LANGUAGES[groups?.["language"] ?? ""] } }],
  },
];
