// Checks answers to all rows of a view, in both readings of the rules: the rows' own demonstrations, or answers from a file. Stores
// nothing and changes nothing; what is found wrong is handed on as it is found. Nobody is asked: an answer that only questions could decide is undecided.

import { setImmediate as letOthersIn } from "node:timers/promises";
import type { AnswersChecked, CheckedLeaf, ListedAnswer } from "../../../shared/domain/answer-check.ts";
import type { DatasetFilter } from "../../../shared/domain/dataset.ts";
import { instructionRecordSchema } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { recordsOfStates } from "../../storage/collection-rows.ts";
import { snapshot, type ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { checkBothReadings } from "../check-record.ts";
import { readAnswerFile, type FileAnswers } from "./answer-file.ts";
import { tableView, viewRecordIds, viewRows, type TableRow } from "./dataset-table.ts";

export interface CheckAnswersRequest {
  readonly datasetId: number;
  readonly filter: DatasetFilter;
  /** Absent: the demonstrations. */
  readonly path?: string | undefined;
}

export interface CheckAnswersHooks {
  readonly signal?: AbortSignal | undefined;
  /** Rows. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Answers that fail or are read in two ways, as they are found, in the order of the rows. */
  readonly onListed?: (answers: readonly ListedAnswer[]) => void;
}

/** Rows between two looks at whether to go on. */
const PIECE = 50;
const LONGEST_WORDS = 300;
const LONGEST_ANSWER = 4000;

/** Throws "not-found", "cancelled", and what readAnswerFile throws. */
export async function checkAnswers(
  db: ReadConnection,
  { datasetId, filter, path }: CheckAnswersRequest,
  { signal, onProgress, onListed }: CheckAnswersHooks = {},
): Promise<AnswersChecked> {
  const id = datasetId as CollectionId;
  const { view, recordIds } = snapshot(db, () => {
    const asked = tableView(db, id, filter);
    return { view: asked, recordIds: path === undefined ? [] : viewRecordIds(db, id, asked) };
  });
  const { length } = view.positions;
  const file = path === undefined ? undefined : await readAnswerFile(path, new Set(recordIds));
  const tally = new Tally();
  for (let at = 0; at < length; at += PIECE) {
    if (signal?.aborted === true) throw new WorkbenchError("cancelled", "the check was cancelled");
    const listed = checkPiece(db, viewRows(view, at, at + PIECE), file, tally);
    if (listed.length > 0) onListed?.(listed);
    onProgress?.(Math.min(at + PIECE, length), length);
    await letOthersIn();
  }
  return { datasetId, version: view.table.version, path: path ?? null, rows: length, strangers: file?.strangers ?? 0, ...tally.outcome() };
}

function checkPiece(db: ReadConnection, rows: readonly TableRow[], file: FileAnswers | undefined, tally: Tally): ListedAnswer[] {
  const ready = rows.filter(({ state }) => state === "ready");
  tally.unusable += rows.length - ready.length;
  const records = recordsOfStates(
    db,
    ready.map(({ stateId }) => stateId),
  );
  const listed: ListedAnswer[] = [];
  for (const { rowId, stateId } of ready) {
    const stored = records.get(stateId);
    const recordId = stored?.id ?? "";
    const own = stored?.expert === undefined ? [] : [stored.expert.answer];
    const answers = file === undefined ? own : (file.byId.get(recordId) ?? []);
    if (answers.length === 0) {
      tally.withoutAnswer += 1;
      continue;
    }
    const record = instructionRecordSchema.parse(stored);
    for (const [index, answer] of answers.entries()) {
      const which = { rowId, id: recordId, answer: index + 1, text: answer.slice(0, LONGEST_ANSWER) };
      listed.push(...tally.add(which, checkBothReadings(record, answer)));
    }
  }
  return listed;
}

class Tally {
  unusable = 0;
  withoutAnswer = 0;
  readonly #counts = { followed: 0, failed: 0, undecided: 0 };
  readonly #rules = new Map<string, { checked: number; failed: number; disagreeing: number }>();
  #answers = 0;
  #disagreeing = 0;
  #listedOf = 0;

  /** The answer where it is one to look at. */
  add(which: Pick<ListedAnswer, "rowId" | "id" | "answer" | "text">, found: ReturnType<typeof checkBothReadings>): ListedAnswer[] {
    const { answers, disagreeing } = found;
    const [own, other] = answers;
    if (own === undefined) return [];
    this.#answers += 1;
    const leaves: CheckedLeaf[] = [];
    for (const { path, ruleId, state, expected, got, passed } of own.verdicts) {
      if (ruleId === "question") continue;
      const differs = disagreeing.includes(path);
      this.#count(ruleId, state, differs);
      // Checks behind one that failed say nothing new.
      if (state !== "fail" && !differs) continue;
      const otherwise = differs ? other?.verdicts.find((verdict) => verdict.path === path)?.state : undefined;
      const words = { expected: expected.slice(0, LONGEST_WORDS), got: got.slice(0, LONGEST_WORDS) };
      leaves.push({ path, ruleId, ...words, passed, ...(otherwise === undefined ? {} : { otherwise }) });
    }
    const failed = own.verdicts.some(({ state, ruleId }) => state === "fail" && ruleId !== "question");
    const outcome = own.passed === own.checks ? "followed" : failed ? "failed" : "undecided";
    this.#counts[outcome] += 1;
    if (disagreeing.length > 0) this.#disagreeing += 1;
    if (outcome !== "failed" && leaves.length === 0) return [];
    this.#listedOf += 1;
    return [{ ...which, outcome, passed: own.passed, checks: own.checks, leaves }];
  }

  #count(ruleId: string, state: string, differs: boolean): void {
    const counts = this.#rules.get(ruleId) ?? { checked: 0, failed: 0, disagreeing: 0 };
    this.#rules.set(ruleId, counts);
    if (state === "pass" || state === "fail") counts.checked += 1;
    if (state === "fail") counts.failed += 1;
    if (differs) counts.disagreeing += 1;
  }

  outcome(): Omit<AnswersChecked, "datasetId" | "version" | "path" | "rows" | "strangers"> {
    const rules = [...this.#rules].map(([ruleId, counts]) => ({ ruleId, ...counts }));
    return {
      unusable: this.unusable,
      withoutAnswer: this.withoutAnswer,
      answers: this.#answers,
      ...this.#counts,
      disagreeing: this.#disagreeing,
      rules: rules.sort((a, b) => b.failed - a.failed || b.disagreeing - a.disagreeing || (a.ruleId < b.ruleId ? -1 : 1)),
      listedOf: this.#listedOf,
    };
  }
}
