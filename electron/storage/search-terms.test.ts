import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openDatabase } from "./open-database.ts";
import { findTerms, matchAll, matchAny, parseSearchTerms } from "./search-terms.ts";

const db = openDatabase(":memory:", { mode: "create", busyTimeoutMs: 0 });
afterAll(() => db.close());
db.exec("CREATE VIRTUAL TABLE texts USING fts5 (text, tokenize='unicode61 remove_diacritics 2')");

/** Whether the index finds the text by the expression. */
function indexFinds(text: string, expression: string): boolean {
  db.exec("DELETE FROM texts");
  db.prepare("INSERT INTO texts (text) VALUES (?)").run(text);
  return db.prepare("SELECT 1 FROM texts WHERE texts MATCH ?").get(expression) !== undefined;
}

test("words, phrases, beginnings and exclusions", () => {
  expect(parseSearchTerms('Red "By the  door" cap* -blue -"old lamp" well-known "un fini"*')).toEqual({
    wanted: [
      { words: ["red"], isPrefix: false },
      { words: ["by", "the", "door"], isPrefix: false },
      { words: ["cap"], isPrefix: true },
      { words: ["well", "known"], isPrefix: false },
      { words: ["un", "fini"], isPrefix: true },
    ],
    excluded: [
      { words: ["blue"], isPrefix: false },
      { words: ["old", "lamp"], isPrefix: false },
    ],
  });
  expect(parseSearchTerms(' *** -- "" ')).toEqual({ wanted: [], excluded: [] });
});

test("nothing that is typed breaks the index's syntax", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (typed) => {
      const { wanted, excluded } = parseSearchTerms(typed);
      if (wanted.length > 0) indexFinds("a text", matchAll(wanted));
      if (excluded.length > 0) indexFinds("a text", matchAny(excluded, ["text"]));
    }),
  );
  for (const typed of ['" OR text:', "NEAR(a b)", "a AND NOT", '-"', "^x", "{text}: y", "(("]) {
    const { wanted } = parseSearchTerms(typed);
    if (wanted.length > 0) indexFinds("a text", matchAll(wanted));
  }
});

const word = fc.constantFrom("Garden", "garden", "gärten", "Gar", "lamp", "the", "café", "CAFE", "x1", "naïve");
const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(", "));
const term = fc.oneof(
  word,
  word.map((one) => `${one}*`),
  fc.tuple(word, word).map(([a, b]) => `"${a} ${b}"`),
);

test("a term is found in a text exactly where the index finds it", () => {
  fc.assert(
    fc.property(text, term, (content, typed) => {
      const { wanted } = parseSearchTerms(typed);
      expect(findTerms(content, wanted).length > 0).toBe(indexFinds(content, matchAll(wanted)));
    }),
  );
});

test("places are those of the words, overlapping ones joined", () => {
  const places = (content: string, typed: string) =>
    findTerms(content, parseSearchTerms(typed).wanted).map(({ start, end }) => content.slice(start, end));
  expect(places("The CAFÉ by the door, the café.", "cafe")).toEqual(["CAFÉ", "café"]);
  expect(places("by the door of the doorman", '"the door" door*')).toEqual(["the door", "doorman"]);
});
