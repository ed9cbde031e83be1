import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { allRows } from "./connection.ts";
import type { WriteConnection } from "./connection.ts";
import { listCheckpoints, loadCheckpoint } from "./checkpoints.ts";
import { workspaceDigest } from "./digest.ts";
import { checkIntegrity, checkSearchIndex } from "./integrity.ts";
import { openWorkspace } from "./open-workspace.ts";
import { getRun, listRuns } from "./runs.ts";
import { ended, startChild, temporaryFolder } from "./testing/child.ts";
import { SMALL } from "./testing/sample-run.ts";

const WRITER = new URL("./testing/write-steps.ts", import.meta.url);
const TOTAL_STEPS = 60;
const KILLS = 12;
const folder = temporaryFolder();
afterEach(folder.remove);

/** Lets the writer run until it has said `lines` more steps and `delayMs` have passed, then kills it. */
async function writeAndKill(path: string, lines: number, delayMs: number): Promise<{ saidStep: number; end: number | string }> {
  const child = startChild(WRITER, path, String(TOTAL_STEPS));
  let said = "";
  let timer: NodeJS.Timeout | undefined;
  const killSoon = (): void => {
    if (timer === undefined && said.split("\n").length > lines) timer = setTimeout(() => child.kill("SIGKILL"), delayMs);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    killSoon();
  });
  killSoon();
  const end = await ended(child);
  clearTimeout(timer);
  return { saidStep: Math.max(0, ...[...said.matchAll(/step (\d+)\n/g)].map((match) => Number(match[1]))), end };
}

function expectWhole(db: WriteConnection, saidStep: number): void {
  expect(checkIntegrity(db)).toEqual([]);
  expect(checkSearchIndex(db)).toEqual([]);
  const [run] = listRuns(db);
  if (run === undefined) {
    expect(saidStep).toBe(0);
    return;
  }
  expect(run.lastStep).toBeGreaterThanOrEqual(saidStep);
  const perStep = allRows<{ step: number; rollouts: number; verdicts: number; metrics: number }>(
    db,
    `SELECT s.step, (SELECT count(*) FROM groups g JOIN rollouts r ON r.group_id = g.id WHERE g.run_id = s.run_id AND g.step = s.step) AS rollouts,
       (SELECT count(*) FROM groups g JOIN rollouts r ON r.group_id = g.id JOIN verdicts v ON v.rollout_id = r.id
        WHERE g.run_id = s.run_id AND g.step = s.step) AS verdicts,
       (SELECT count(*) FROM metrics m WHERE m.run_id = s.run_id AND m.step = s.step) AS metrics
     FROM steps s ORDER BY s.step`,
  );
  const rollouts = SMALL.groups * SMALL.samples;
  expect(perStep).toEqual(
    Array.from({ length: run.lastStep }, (_, index) => ({ step: index + 1, rollouts, verdicts: rollouts * SMALL.verdicts, metrics: 3 })),
  );
  const latest = Math.floor(run.lastStep / 3) * 3;
  const loaded = loadCheckpoint(db, run.id, { kind: "resumable" });
  expect([loaded?.step ?? 0, loaded?.damaged ?? []]).toEqual([latest, []]);
}

test("SIGKILL at random points loses nothing that was committed, and resuming ends in the same workspace", async () => {
  const path = join(folder.path, "killed.raif");
  const ends: (number | string)[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const lines = kill % 4;
    const { saidStep, end } = await writeAndKill(path, lines, Math.random() * (lines === 0 ? 300 : 30));
    ends.push(end);
    const db = openWorkspace(path, { create: true });
    expectWhole(db, saidStep);
    db.close();
  }
  expect(ends).toEqual(Array.from({ length: KILLS }, () => "SIGKILL"));
  const straightPath = join(folder.path, "straight.raif");
  for (const each of [path, straightPath]) expect(await ended(startChild(WRITER, each, String(TOTAL_STEPS)))).toBe(0);

  const [killed, straight] = [openWorkspace(path), openWorkspace(straightPath)];
  const [killedRun, straightRun] = [listRuns(killed)[0], listRuns(straight)[0]];
  if (killedRun === undefined || straightRun === undefined) throw new Error("the run is gone");
  expect(getRun(killed, killedRun.id).status).toBe("finished");
  expectWhole(killed, TOTAL_STEPS);
  expect(listCheckpoints(killed, killedRun.id).map(({ step, kind }) => `${step} ${kind}`)).toEqual([
    ...[6, 12, 18, 24, 30, 36, 42, 48, 54].map((step) => `${step} weights`),
    "57 resumable",
    "60 resumable",
  ]);
  expect(workspaceDigest(killed, killedRun.id)).toEqual(workspaceDigest(straight, straightRun.id));
  killed.close();
  straight.close();
}, 120_000);
