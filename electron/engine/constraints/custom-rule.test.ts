// Users' code in the sandbox: what it may say, and that nothing it does reaches out, goes on for ever or remembers.

import { expect, test } from "vitest";
import { isWorkbenchError } from "../../../shared/errors.ts";
import { compileCustomRule, testCustomRule } from "./custom-rule.ts";

const returning = (expression: string): string => `function check(text, context) { return ${expression}; }`;

test("true, false, and a verdict with its reasons", () => {
  expect(compileCustomRule(returning('text.includes("cat")'))("a cat")).toMatchObject({ passed: true, got: "it holds" });
  expect(compileCustomRule("const check = (text) => text.length > 3;")("abc")).toMatchObject({ passed: false, got: "it does not hold" });
  const detailed = `
    function check(text) {
      const spans = [...text.matchAll(/\\d+/g)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
      return { passed: spans.length === 2, expected: "two numbers", got: spans.length + " numbers", spans };
    }`;
  expect(compileCustomRule(detailed)("1 and 23")).toEqual({
    passed: true,
    expected: "two numbers",
    got: "2 numbers",
    spans: [
      { start: 0, end: 1 },
      { start: 6, end: 8 },
    ],
  });
  expect(compileCustomRule(returning("context.input === 'in' && text === '\\0a\\ud800'"))("\0a\ud800", { input: "in" }).passed).toBe(true);
  expect(compileCustomRule(returning("context.input === undefined"))("").passed).toBe(true);
});

test.each([
  ["syntax", "function check(text) {\n  return text..length;\n}", "SyntaxError", 2],
  ["no function", "const checks = 1;", "no function named check", undefined],
  ["throwing while defined", "\nthrow new TypeError('no');", "TypeError: no", 2],
  ["endless while defined", "for (;;) {}", "takes too long", undefined],
  ["too long", `//${"x".repeat(20_000)}`, "longer than", undefined],
])("code that defines no rule: %s", (_, source, message, line) => {
  const { problem } = testCustomRule(source, [{ text: "a" }]);
  expect(problem?.message).toContain(message);
  expect(problem?.line).toBe(line);
  expect(() => compileCustomRule(source, "line 7")).toThrow(
    expect.toSatisfy((error) => isWorkbenchError(error, "invalid-rule-arguments") && error.message.includes("line 7")),
  );
});

test.each([
  ["an exception", "text.nothing.more", "TypeError", 1],
  ["a thrown text", "(() => { throw 'x' })()", "threw string", undefined],
  ["nothing", "undefined", "returned undefined", undefined],
  ["a number", "1", "returned number", undefined],
  ["null", "null", "returned null", undefined],
  ["a list", "[true]", "returned a list", undefined],
  ["a promise", "Promise.resolve(true)", "returned an object", undefined],
  ["no truth value", "({ passed: 1 })", "without passed", undefined],
  ["spans outside", "({ passed: true, spans: [{ start: 0, end: 99 }] })", "outside the text", undefined],
  ["spans of another kind", "({ passed: true, spans: 'all' })", "no list of", undefined],
  ["fractional spans", "({ passed: true, spans: [{ start: 0.5, end: 1 }] })", "no list of", undefined],
  ["its own JSON", "(Object.prototype.toJSON = () => ({ passed: 'yes' }), true)", "", undefined],
  ["a loop", "(() => { for (;;); })()", "takes too long", undefined],
  ["a loop that catches", "(() => { for (;;) try { for (;;); } catch {} })()", "takes too long", undefined],
  ["a loop in a getter", "({ get passed() { for (;;); } })", "takes too long", undefined],
  ["a careless pattern", "/^(a+)+$/.test('a'.repeat(40) + '!')", "takes too long", undefined],
  ["recursion", "check(text)", "stack overflow", 1],
  ["one big buffer", "new Uint8Array(1e9).length > 0", "out of memory", 1],
  ["deep objects", "(() => { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o; })()", "without passed", undefined],
])("no verdict, only a failure: %s", (_, expression, message, line) => {
  const source = returning(expression);
  const result = compileCustomRule(source)("text");
  expect(result.passed).toBe(false);
  expect(result.got).toContain("no verdict");
  const [outcome] = testCustomRule(source, [{ text: "text", passes: false }]).outcomes;
  expect(outcome?.failure?.message).toContain(message);
  expect(outcome?.failure?.line).toBe(line);
  expect(outcome?.asExpected).toBe(false);
  expect(compileCustomRule(returning("true"))("after it").passed).toBe(true);
});

test("a memory bomb is ended, the rest of the samples is not tried, and the next rule works", () => {
  const bomb = "(() => { const all = []; for (;;) all.push('x'.repeat(1e6) + all.length); })()";
  const { outcomes } = testCustomRule(returning(`text === "b" ? ${bomb} : true`), [{ text: "a" }, { text: "b" }, { text: "c" }]);
  expect(outcomes.map(({ passed }) => passed).slice(0, 2)).toEqual([true, false]);
  expect(outcomes[1]?.failure?.message).toMatch(/out of memory|was stopped/);
  expect(compileCustomRule(returning("true"))("after it").passed).toBe(true);
});

test("huge words about a verdict are cut", () => {
  const result = compileCustomRule(returning("({ passed: true, got: 'x'.repeat(1e6), spans: Array(1e5).fill({ start: 0, end: 1 }) })"))(
    "ab",
  );
  expect(result.got).toHaveLength(500);
  expect(result.spans).toHaveLength(1000);
});

test("the sandbox knows no host, clock or chance", () => {
  const names = [
    "process",
    "require",
    "module",
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "setTimeout",
    "console",
    "std",
    "os",
    "WebAssembly",
  ];
  const times = ["Date", "performance", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics", "navigator", "Intl"];
  const defined = `[${[...names, ...times].map((name) => `typeof ${name}`).join(",")}, typeof Math.random]`;
  expect(
    compileCustomRule(returning(`({ passed: ${defined}.every((kind) => kind === "undefined"), got: ${defined}.join() })`))(""),
  ).toMatchObject({
    passed: true,
  });
  for (const attempt of [
    "(function () {}).constructor('return typeof process')() !== 'undefined'",
    "(0, eval)('typeof globalThis.process') !== 'undefined'",
    "typeof check.constructor.constructor('return this')().require === 'function'",
    "context.constructor.constructor('return typeof process')() !== 'undefined'",
    "Object.getOwnPropertyNames(globalThis).some((name) => /process|require|fetch|import|host/i.test(name))",
  ]) {
    expect(compileCustomRule(returning(attempt))("").got, attempt).toBe("it does not hold");
  }
  const [loading] = testCustomRule("async function check() { await import('node:fs'); return true; }", [{ text: "" }]).outcomes;
  expect(loading?.failure?.message).toContain("returned an object");
});

test("nothing is remembered from one text to the next", () => {
  const sources = [
    "let count = 0; function check() { count += 1; return count === 1; }",
    "globalThis.count ??= 0; function check() { globalThis.count += 1; return globalThis.count === 1; }",
    "function check() { Object.prototype.count = (Object.prototype.count ?? 0) + 1; return Object.prototype.count === 1; }",
    "function check() { Array.prototype.push = () => 0; return true; }",
  ];
  for (const source of sources) {
    const rule = compileCustomRule(source);
    expect([rule("a").passed, rule("a").passed, rule("b").passed], source).toEqual([true, true, true]);
  }
  expect(compileCustomRule(returning("[].push(1) === 1 && Object.prototype.count === undefined"))("").passed).toBe(true);
});

test("many verdicts one after the other", () => {
  const rule = compileCustomRule(returning("text.split(/\\s+/).length % 2 === 0"));
  const words = "the quick brown fox ".repeat(75);
  const started = performance.now();
  const verdicts = Array.from({ length: 500 }, (_, index) => rule(`${words}${"a ".repeat(index % 2)}b`).passed);
  console.log(`custom rule: ${Math.round(500 / ((performance.now() - started) / 1000))} verdicts a second on 300 words`);
  expect(verdicts.filter(Boolean)).toHaveLength(250);
});
