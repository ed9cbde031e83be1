// Runs patterns that users wrote so that none can hang the engine: a search that needs too long is given up. Patterns without
// repetition cannot blow up and run directly; the others run under the timeout of node:vm, which ends a search in the middle (about
// 1 ms a call, measured; a worker thread would answer faster but has to be replaced after each pattern it hangs on).

import { createContext, Script } from "node:vm";
import type { Span } from "../../../shared/domain/verdict.ts";
import { findMatches } from "./python-pattern.ts";

/** How long one search may take, in milliseconds. */
export const PATTERN_LIMIT_MS = 250;

interface Search {
  text: string;
  pattern: RegExp;
  found: readonly (readonly [start: number, length: number])[];
}

const search: Search = { text: "", pattern: /(?!)/g, found: [] };
const context = createContext(search);
const SCRIPT = new Script("found = Array.from(text.matchAll(pattern), (match) => [match.index, match[0].length])");

/**
 * Every match of a global pattern, or undefined if the search took longer than the limit and was stopped. `written` is the part of
 * the pattern that a user wrote.
 */
export function findMatchesInTime(text: string, pattern: RegExp, written: string, limitMs = PATTERN_LIMIT_MS): Span[] | undefined {
  if (!hasRepetition(written)) return findMatches(text, pattern);
  search.text = text;
  search.pattern = pattern;
  const start = process.threadCpuUsage();
  do {
    if (ranInTime(limitMs)) return search.found.map(([begin, length]) => ({ start: begin, end: begin + length }));
    // The timeout goes by the clock on the wall. On a machine with much else to do the search may hardly have run, so it gets its time.
  } while (usedMs(start) < limitMs / 2);
  return undefined;
}

function ranInTime(limitMs: number): boolean {
  try {
    SCRIPT.runInContext(context, { timeout: limitMs });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    throw error;
  }
}

function usedMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

/** True if some part may repeat without a bound; escaped marks and those inside a class do not count. */
function hasRepetition(source: string): boolean {
  const bare = source.replace(/\\./gsu, "").replace(/\[[^\]]*\]/g, "");
  return /[*+{]/.test(bare);
}
