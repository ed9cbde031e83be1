// Requests and answers in different languages: found where the answer is in one that nobody asked for, silent about code, logs, formulas,
// fields, names, short answers, and requests that themselves have both.

import { expect, test } from "vitest";
import { findLanguageMismatch } from "./languages.ts";
import { qualityRow } from "./quality-row.ts";
import { plainRecord } from "./testing/planted-rows.ts";

const ENGLISH = "Describe in a few sentences what you did on the last day of your holiday at the sea.";
const CHINESE = "请用几句话描述一下你在海边度假的最后一天都做了些什么。";
const GERMAN_ANSWER = "Am letzten Tag sind wir noch einmal früh zum Strand gegangen und haben Muscheln gesammelt.";
const ENGLISH_ANSWER = "On the last day we walked along the beach once more and gathered shells until the bus came.";
const CHINESE_ANSWER = "最后一天我们又去了一次海边，捡了很多贝壳，然后坐车回家。";

function explain(request: string, answer: string): string | undefined {
  const record = { ...plainRecord("pair", request), expert: { think: "Let me see.", answer } };
  return findLanguageMismatch(qualityRow(record, 0))?.explanation;
}

test.each([
  ["Chinese to English", ENGLISH, CHINESE_ANSWER, "Han"],
  ["English to Chinese", CHINESE, ENGLISH_ANSWER, "Latin"],
  ["German to English, one sentence", ENGLISH, GERMAN_ANSWER, '"de"'],
  ["English to German", "Beschreibe in einigen Sätzen, was du am letzten Tag deiner Ferien am Meer gemacht hast.", ENGLISH_ANSWER, '"en"'],
  ["Kannada to English", ENGLISH, "ಕೊನೆಯ ದಿನ ನಾವು ಮತ್ತೆ ಸಮುದ್ರ ತೀರಕ್ಕೆ ಹೋಗಿ ಚಿಪ್ಪುಗಳನ್ನು ಸಂಗ್ರಹಿಸಿದೆವು.", "Kannada"],
  [
    "English words before Chinese data",
    CHINESE,
    'Here is the answer to your question in the form of data:\n```json\n{"海": 1}\n```',
    "Latin",
  ],
])("found: %s", (_, request, answer, named) => {
  expect(explain(request, answer)).toContain(named);
});

const LOG = "Traceback most recent call last in module main line twelve the package cannot be found on any of the configured indexes today";

test.each([
  ["the same language", ENGLISH, ENGLISH_ANSWER],
  [
    "a Chinese question about an English log",
    `这个错误怎么解决：${LOG}`,
    "这个错误是因为索引里没有这个包，请先检查它的名字，然后再安装一次。",
  ],
  ["a Chinese question of formulas", "计算：$\\frac{3b^{2}}{16a}\\div{\\frac{bc}{2a^{2}}}$ 和 $\\sin(\\alpha+\\beta)$", CHINESE_ANSWER],
  ["a translation", "完成以下中译英任务：最后一天我们又去了一次海边，捡了很多贝壳。", ENGLISH_ANSWER],
  [
    "fields that were asked for",
    "请提取信息，返回 JSON，字段为 driverName、mobileNumber、identityCard、vehicleLength、vehicleModel：司机刘伟强，电话是空的。",
    '{"driverName": "刘伟强", "mobileNumber": "", "identityCard": "", "vehicleLength": "", "vehicleModel": ""}',
  ],
  [
    "code without a fence",
    "请写一个函数，返回文件名。",
    "def extract_filename(filepath):\n    name = os.path.basename(filepath)\n    return str(name)\nprint(extract(path))",
  ],
  ["a short answer", CHINESE, "Answer: no"],
  [
    "a list of names",
    "Give me five names of towns for a story about travellers who cross the mountains in winter.",
    "Lumina\nSolace\nAquilina\nVerdantia\nOrphelia",
  ],
  ["tags and places to fill in", CHINESE, "<body>{instruction}</body>\n<note>{answer}</note>\n<body>{another answer}</body>"],
])("silent: %s", (_, request, answer) => {
  expect(explain(request, answer)).toBeUndefined();
});
