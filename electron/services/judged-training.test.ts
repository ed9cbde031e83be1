// Records that ask for everything at once - rules, a question, maths, the dataset's own code, nested Selections - through the path
// that a training run takes: from a line of JSON to the reward, and whole runs with a judge that fails in the middle.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_CONFIG } from "../engine/grpo/config.ts";
import { allRows } from "../storage/connection.ts";
import { workspaceDigest } from "../storage/digest.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { getRollout, listRollouts } from "../storage/rollouts.ts";
import { listRuns } from "../storage/runs.ts";
import { raif } from "../cli/testing/recording-shell.ts";
import { parseRecords } from "./dataset-file.ts";
import { openChatServer, type ChatServer, type ServerAct } from "./endpoint/testing/chat-server.ts";
import { openJudging } from "./judging.ts";
import { preflight } from "./preflight.ts";
import { openSingleThreadEngine } from "./testing/single-thread-engine.ts";
import { writeTinyModel } from "./testing/tiny-model.ts";
import * as service from "./train.ts";
import { recordReward } from "./training-data.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-judged-"));
const model = join(folder, "model");
beforeAll(() => writeTinyModel(model, join(folder, "scratch")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const servers: ChatServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function judgeServer(act: (prompt: string) => ServerAct): Promise<ChatServer> {
  const server = await openChatServer(({ body }) => act(body.messages[0]?.content ?? ""));
  servers.push(server);
  return server;
}

const answerOf = (prompt: string): string => /=== Answer ===\n([^]*)\n\n=== Question ===/.exec(prompt)?.[1] ?? "";

const TREE = {
  type: "and",
  children: [
    { type: "rule", id: "punctuation:no_comma", kwargs: {} },
    { type: "math", answer: "\\frac{1}{2}" },
    {
      type: "selection",
      branches: [
        {
          when: { type: "rule", id: "keywords:existence", kwargs: { keywords: ["polite"] } },
          then: {
            type: "selection",
            branches: [{ when: { type: "value", value: true }, then: { type: "question", text: "Does the answer thank somebody?" } }],
            otherwise: { type: "rule", id: "raif:uppercase" },
          },
        },
      ],
      otherwise: { type: "question", text: "Is it rude?" },
    },
    { type: "custom", name: "short", source: "function check(text, context) { return text.length < 60 && context.input.length > 0; }" },
  ],
};

function line(id: string, label: object = {}): string {
  return JSON.stringify({
    id,
    messages: [{ role: "user", content: "What is one half? Be polite and brief." }],
    input: "a polite request",
    label: { type: "tree", tree: TREE, ...label },
  });
}

const respond = (answer: string): string => `<think>\nhalf of one\n</think>\n<answer>\n${answer}\n</answer>`;
const GOOD = respond("Thank you! It is \\boxed{0.5}");
const HALF = respond("It is, well, \\boxed{0.5}");
const BAD = respond(`It is, well, \\boxed{2} ${"and so on ".repeat(6)}`);

describe("the reward of a record that asks for everything", () => {
  async function reward(texts: readonly string[], label: object = {}) {
    const server = await judgeServer((prompt) => ({ type: "say", text: answerOf(prompt).includes("Thank") ? "yes" : "no" }));
    const records = parseRecords(line("all", label), "data.jsonl");
    const config = { ...DEFAULT_CONFIG, judge: { ...DEFAULT_CONFIG.judge, model: `endpoint:${server.baseUrl}#judge` } };
    const judging = await openJudging(config.judge, records);
    const rewards = await recordReward(
      records,
      config,
      judging?.ask,
    )(texts.map((text) => ({ promptIndex: 0, recordId: "all", text, requireThink: true })));
    return { rewards, requests: server.requests };
  }

  test("known-good +2, half-good 0.5, known-bad -2, and each check says why", async () => {
    const { rewards } = await reward([GOOD, HALF, BAD]);
    expect(rewards.map(({ accuracy, format, total }) => [accuracy, format, total])).toEqual([
      [2, 1, 3],
      [0.5, 1, 1.5],
      [-2, 1, -1],
    ]);
    expect(rewards[1]?.verdicts.map(({ path, ruleId, state, share }) => [path, ruleId, state, share])).toEqual([
      ["and.0", "punctuation:no_comma", "fail", 0],
      ["and.1", "math", "pass", 0.25],
      ["and.2.selection.then.0.selection.then.0", "question", "fail", 0],
      ["and.2.selection.then.0.selection.otherwise", "raif:uppercase", "inactive", 0],
      ["and.2.selection.otherwise", "question", "inactive", 0],
      ["and.3", "custom:short", "pass", 0.25],
    ]);
  });

  test("the label's own mode decides", async () => {
    expect((await reward([HALF, BAD], { reward: "fraction" })).rewards.map(({ accuracy }) => accuracy)).toEqual([0.5, 0]);
    expect((await reward([GOOD, HALF, BAD], { reward: "weighted" })).rewards.map(({ accuracy }) => accuracy)).toEqual([2, 0, -2]);
  });

  test("the judge is asked about what counts only, once, and not where the gate is closed", async () => {
    const { rewards, requests } = await reward([GOOD, GOOD, "no format", respond(""), `<think></think><answer>Thank you</answer>`]);
    expect(requests).toHaveLength(1);
    expect(rewards.slice(2).map(({ accuracy, gate }) => [accuracy, gate])).toEqual([
      [-2, "bad-format"],
      [-2, "empty-answer"],
      [-2, "empty-think"],
    ]);
    for (const { verdicts } of rewards) {
      const sum = verdicts.reduce((total, { share }) => total + (share ?? NaN), 0);
      expect(sum).toBeCloseTo(rewards.find((reward) => reward.verdicts === verdicts)?.accuracy ?? NaN, 12);
    }
  });
});

const SETTINGS = {
  steps: 3,
  promptsPerStep: 2,
  maxNewTokens: 6,
  maxPromptTokens: 400,
  checkpointEverySteps: 1,
  learningRate: 0.01,
  overlong: "keep",
  "reward.formatMode": "think-only",
  "superiorCot.thinkSamples": 2,
  "superiorCot.emptySamples": 2,
  "cloning.enabled": false,
  "judge.retries": 0,
};

describe("a training on such records alone", () => {
  const data = join(folder, "data.jsonl");
  beforeAll(() => writeFileSync(data, ["a", "b", "c", "d"].map((id) => line(id)).join("\n")));

  const request = (name: string, judge?: string): service.TrainRequest => ({
    model,
    data,
    workspace: join(folder, `${name}.raif`),
    seed: 5,
    set: Object.entries(SETTINGS),
    ...(judge === undefined ? {} : { judge }),
  });
  const train = (given: service.TrainRequest) => service.trainRun(given, {}, openSingleThreadEngine);

  function inspect<Result>(workspace: string, look: (db: ReturnType<typeof openWorkspaceReadOnly>) => Result): Result {
    const db = openWorkspaceReadOnly(workspace);
    try {
      return look(db);
    } finally {
      db.close();
    }
  }
  const digest = (workspace: string) => inspect(workspace, (db) => workspaceDigest(db, listRuns(db)[0]?.id as RunId));
  const opinion = (prompt: string): ServerAct => ({ type: "say", text: answerOf(prompt).length % 2 === 0 ? "yes" : "no" });

  test("without a judge it does not begin", async () => {
    const given = request("none");
    await expect(train(given)).rejects.toMatchObject({ code: "invalid-config", message: expect.stringContaining("--judge") });
    expect(inspect(given.workspace, (db) => listRuns(db))).toEqual([]);
  });

  test("a judge that breaks off in the middle: resumed, the run ends with the same bits and nothing is asked twice", async () => {
    let answered = 0;
    let breaksAfter = Infinity;
    const server = await judgeServer((prompt) => {
      if (answered >= breaksAfter) return { type: "status", status: 500 };
      answered++;
      return opinion(prompt);
    });
    const judge = `endpoint:${server.baseUrl}#judge`;
    const whole = request("whole", judge);
    await train(whole);
    const asked = answered;
    expect(asked).toBeGreaterThan(3);

    answered = 0;
    const cut = request("cut", judge);
    // One more answer in the second step, then nothing but errors.
    const onPhase: service.TrainHooks["onPhase"] = (phase, step) => {
      if (phase === "reward" && step === 2) breaksAfter = answered + 1;
    };
    await expect(service.trainRun(cut, { onPhase }, openSingleThreadEngine)).rejects.toMatchObject({ code: "network-failed" });
    expect(inspect(cut.workspace, (db) => listRuns(db))).toMatchObject([{ status: "failed", lastStep: 1 }]);
    breaksAfter = Infinity;
    await service.resumeRun({ workspace: cut.workspace }, {}, openSingleThreadEngine);
    expect(digest(cut.workspace)).toEqual(digest(whole.workspace));
    expect(answered).toBe(asked);
  });

  test("a local model judges, and its margins are stored with the verdicts", async () => {
    const given = request("local", `local:${model}`);
    const { runId } = await train(given);
    inspect(given.workspace, (db) => {
      const verdicts = listRollouts(db, runId).flatMap(({ id }) => getRollout(db, id).verdicts);
      const judged = verdicts.filter(({ margin }) => margin !== undefined);
      expect(judged.length).toBeGreaterThan(0);
      for (const { ruleId, passed, margin } of judged) expect([ruleId, passed]).toEqual(["question", (margin as number) > 0]);
      for (const { id, accuracyReward } of listRollouts(db, runId)) {
        expect(getRollout(db, id).verdicts.reduce((sum, { share }) => sum + (share ?? NaN), 0)).toBeCloseTo(accuracyReward, 9);
      }
    });
  });

  test("a pre-flight asks the judge too, and says when there is none", async () => {
    const db = openWorkspace(join(folder, "preflight.raif"), { create: true });
    const plan = (judge: string) => ({
      model,
      data,
      recipe: "paper",
      set: Object.entries({ ...SETTINGS, "judge.model": judge }),
      probeGroups: 1,
    });
    try {
      await expect(preflight(db, plan(""))).rejects.toMatchObject({ code: "invalid-config" });
      expect((await preflight(db, plan(`local:${model}`))).probe?.groups).toHaveLength(1);
    } finally {
      db.close();
    }
  });

  test("raif evaluate --judge, raif judge, and without one", async () => {
    const options = [
      "evaluate",
      "--model",
      model,
      "--data",
      data,
      "--method",
      "io",
      "--max-new-tokens",
      "8",
      "--temperature",
      "1",
      "--json",
    ];
    const workspace = join(folder, "evaluated.raif");
    const { code, out } = await raif(...options, "--workspace", workspace, "--judge", `local:${model}`);
    expect([code, (JSON.parse(out) as { records: number }).records]).toEqual([0, 4]);
    inspect(workspace, (db) => {
      const rows = allRows(db, "SELECT json_extract(config_json, '$.judge') AS judge FROM evaluations");
      expect(rows).toEqual([{ judge: `local:${model}` }]);
      expect(allRows(db, "SELECT 1 FROM evaluation_verdicts WHERE margin IS NOT NULL").length).toBeGreaterThan(0);
    });
    const asked = await raif("judge", "--judge", `local:${model}`, "--question", "Is it a cat?", "--answer", "cat", "--json");
    expect([asked.code, JSON.parse(asked.out)]).toMatchObject([
      0,
      { yes: expect.any(Boolean), margin: expect.any(Number), device: { device: "cpu" } },
    ]);
    const refused = await raif(...options);
    expect([refused.code, refused.err + refused.out]).toEqual([1, expect.stringContaining("--judge")]);
  });
});
