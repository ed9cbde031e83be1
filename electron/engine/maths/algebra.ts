// Whether two LaTeX expressions are equal as mathematics, by a computer-algebra library in a thread that is ended when it takes too long.
// Owns the thread and what is remembered of its answers; the comparing lives in expressions.ts.

import { SyncThread } from "../threads/sync-thread.ts";
import { Budget } from "./budget.ts";

/**
 * "tolerant": the public grader, where \pi, e and i are names like any other and constants may differ by 1e-4.
 * "exact": they are the constants everybody means, and equal is equal up to rounding.
 */
export type AlgebraMode = "tolerant" | "exact";

export interface AlgebraQuestion {
  readonly a: string;
  readonly b: string;
  readonly mode: AlgebraMode;
}

/** Equal, different, or nobody knows because the time or the memory allowed was not enough. */
export type AlgebraVerdict = "equal" | "different" | "stopped";

const MAX_HEAP_MB = 512;
const MAX_CHARACTERS = 1_000;
const MAX_REMEMBERED = 5_000;

const thread = new SyncThread<AlgebraQuestion, boolean>({ program: new URL("algebra-thread", import.meta.url), maxHeapMb: MAX_HEAP_MB });
const remembered = new Map<string, AlgebraVerdict>();

/**
 * Blocks the caller for at most what is left of the budget, starting the thread aside. Never throws. Expressions of more than 1,000
 * characters are different without a look.
 */
export function compareExpressions(a: string, b: string, mode: AlgebraMode, budget = new Budget()): AlgebraVerdict {
  if (a === b) return "equal";
  if (a.trim() === "" || b.trim() === "" || a.length > MAX_CHARACTERS || b.length > MAX_CHARACTERS) return "different";
  const key = JSON.stringify([mode, a, b]);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const limitMs = budget.remainingMs;
  if (limitMs === 0) return "stopped";
  const wholeBudget = budget.whole;
  const answer = thread.ask({ a, b, mode }, limitMs);
  budget.spend(answer.type === "stopped" ? limitMs : answer.usedMs);
  const verdict = answer.type === "stopped" ? "stopped" : answer.value ? "equal" : "different";
  // With more time it might have been decided.
  if (verdict !== "stopped" || wholeBudget) remember(key, verdict);
  return verdict;
}

function remember(key: string, verdict: AlgebraVerdict): void {
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(key, verdict);
}
