import { expect, test } from "vitest";
import { SyncThread } from "./sync-thread.ts";

const program = new URL("testing/echo-thread", import.meta.url);

test("answers in order, ends what takes too long or too much memory, and starts anew", () => {
  const thread = new SyncThread<number, number>({ program, maxHeapMb: 64 });
  expect([1, 2, 3].map((question) => thread.ask(question, 10_000))).toMatchObject([1, 2, 3].map((value) => ({ type: "answer", value })));
  expect(thread.ask(0, 100)).toMatchObject({ type: "stopped" });
  expect(thread.ask(4, 10_000)).toMatchObject({ type: "answer", value: 4 });
  expect(thread.ask(-1, 300)).toMatchObject({ type: "stopped" });
  expect(thread.ask(5, 10_000)).toMatchObject({ type: "answer", value: 5 });
  thread.end();
  expect(thread.ask(6, 10_000)).toMatchObject({ type: "answer", value: 6 });
  thread.end();
});

test("a program that cannot be loaded is said at once, with the reason", () => {
  const thread = new SyncThread<number, number>({ program: new URL("testing/no-such-thread", import.meta.url), maxHeapMb: 64 });
  expect(() => thread.ask(1, 100)).toThrow(/no-such-thread.*does not start.*Cannot find module/s);
});
