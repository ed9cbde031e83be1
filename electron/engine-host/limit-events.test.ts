import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limitEvents } from "./limit-events.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("ten a second a topic: the newest of a kind counts, kinds take turns, the last word is said, topics do not wait for each other", () => {
  const said: { readonly at: number; readonly topic: string; readonly payload: object }[] = [];
  const startMs = performance.now();
  const publish = limitEvents((topic, payload) => said.push({ at: Math.round(performance.now() - startMs), topic, payload }));
  const run = (runId: number, step: number): void => publish("run", { runId, step, totalSteps: 9, status: "running" });
  for (let step = 1; step <= 9; step++) {
    run(1, step);
    run(2, step);
    vi.advanceTimersByTime(20);
  }
  publish("rollouts", { runId: 1, step: 9 });
  vi.advanceTimersByTime(1000);
  const of = (topic: string): object[] => said.filter((event) => event.topic === topic).map(({ at, payload }) => ({ at, ...payload }));
  expect(of("run")).toMatchObject([
    { at: 0, runId: 1, step: 1 },
    { at: 100, runId: 2, step: 5 },
    { at: 200, runId: 1, step: 9 },
    { at: 300, runId: 2, step: 9 },
  ]);
  expect(of("rollouts")).toMatchObject([{ at: 180, step: 9 }]);
});
