import { expect, test } from "vitest";
import { testRuleAside } from "./custom-rule-test.ts";

test("several rules at a time, each with its own outcome", async () => {
  const source = (least: number): string => `function check(text) { return text.length >= ${least}; }`;
  const samples = [
    { text: "abc", passes: true },
    { text: "ab", passes: true },
  ];
  const [short, long, none] = await Promise.all([
    testRuleAside({ source: source(3), samples }),
    testRuleAside({ source: source(4), samples }),
    testRuleAside({ source: "function check( {", samples }),
  ]);
  expect(short.outcomes.map(({ passed, asExpected }) => [passed, asExpected])).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(long.outcomes.map(({ passed }) => passed)).toEqual([false, false]);
  expect(none).toMatchObject({ problem: { line: 1 }, outcomes: [] });
});
