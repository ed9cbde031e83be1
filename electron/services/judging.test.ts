import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { DEFAULT_CONFIG } from "../engine/grpo/config.ts";
import type { Judge } from "../engine/judge/judge.ts";
import { judgePrompt } from "../engine/judge/judge-prompt.ts";
import { sequenceLogits } from "../engine/model/logits-graph.ts";
import type { JudgeQuestion } from "../engine/rewards/leaf-checks.ts";
import { allRows, type WriteConnection } from "../storage/connection.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { loadBaseModel } from "./base-model.ts";
import { openChatServer } from "./endpoint/testing/chat-server.ts";
import { openJudging, rememberingJudge } from "./judging.ts";
import { writeTinyModel } from "./testing/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-judging-"));
const model = join(folder, "model");
beforeAll(() => writeTinyModel(model, join(folder, "scratch")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function record(id: string, tree: Extract<InstructionRecord["label"], { type: "tree" }>["tree"]): InstructionRecord {
  return { id, messages: [{ role: "user", content: "Say cat." }], label: { type: "tree", tree }, tags: {} };
}
const asking = record("asking", { type: "and", children: [{ type: "question", text: "Is it a cat?" }] });
const ruled = record("ruled", { type: "rule", id: "punctuation:no_comma", kwargs: {} });
const settings = (name: string) => ({ ...DEFAULT_CONFIG.judge, model: name });
const ask = (answer: string): JudgeQuestion => ({ messages: asking.messages, answer, question: "Is it a cat?" });

describe("which judge", () => {
  test("none is opened where nobody asks, whatever is set", async () => {
    expect(await openJudging(settings("local:nowhere"), [ruled])).toBeUndefined();
  });

  test.each([
    ["", /record "asking" asks one.*--judge/],
    ["gpt", /names no judge.*got: gpt/],
    ["endpoint:http://127.0.0.1/v1", /names no judge/],
    ["endpoint:ftp://host/v1#m", /names no judge/],
    ["endpoint:nowhere#m", /names no judge/],
  ])("%j is refused", async (name, message) => {
    await expect(openJudging(settings(name), [ruled, asking])).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringMatching(message),
    });
  });

  test("a local model scores like its logits say", async () => {
    const judging = await openJudging(settings(`local:${model}`), [asking], { session: { threads: 1, spinning: false } });
    const answers = ["cat", "a dog", "", "a very long cat ".repeat(3)];
    const verdicts = await judging?.ask(answers.map(ask));
    await judging?.dispose();
    const base = await loadBaseModel(model);
    for (const [index, answer] of answers.entries()) {
      const text = base.template.render([{ role: "user", content: judgePrompt(ask(answer)) }], { addGenerationPrompt: true });
      const prompt = base.tokenizer.encode(text, { addSpecialTokens: false });
      const score = async (word: string): Promise<number> => {
        const tokens = base.tokenizer.encode(word);
        const { data } = await sequenceLogits(base.config, base.parameters, [...prompt, ...tokens]);
        const size = base.config.vocabSize;
        return tokens.reduce((sum, token, at) => {
          const row = data.subarray((prompt.length + at - 1) * size, (prompt.length + at) * size);
          return sum + (row[token] as number) - Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0));
        }, 0);
      };
      expect(verdicts?.[index]?.margin).toBeCloseTo((await score("yes")) - (await score("no")), 3);
    }
  });

  test("an endpoint is asked many at a time, but no more than the settings say", async () => {
    let atOnce = 0;
    let most = 0;
    const server = await openChatServer(({ key }) => {
      most = Math.max(most, ++atOnce);
      setTimeout(() => atOnce--, 20);
      return { type: "say", text: key.includes("odd") ? "no" : "yes", afterMs: 20 };
    });
    try {
      const judging = await openJudging({ ...settings(`endpoint:${server.baseUrl}#m`), concurrency: 3 }, [asking]);
      const answers = Array.from({ length: 12 }, (_, index) => `${index % 2 === 0 ? "even" : "odd"} ${index}`);
      const verdicts = await judging?.ask(answers.map(ask));
      expect(verdicts?.map(({ yes }) => yes)).toEqual(answers.map((answer) => answer.startsWith("even")));
      expect(most).toBeLessThanOrEqual(3);
    } finally {
      await server.close();
    }
  });
});

/** Says yes to answers with "cat" and fails on those with "poison" until it is healed. */
class CountingJudge implements Judge {
  readonly identity: string = "counting";
  readonly concurrency = 2;
  readonly asked: string[] = [];
  healed = false;

  plan(questions: readonly JudgeQuestion[]): readonly (readonly number[])[] {
    return questions.map((_, index) => [index]);
  }

  ask(questions: readonly JudgeQuestion[]) {
    return Promise.all(
      questions.map(async ({ answer }) => {
        await Promise.resolve();
        if (answer.includes("poison") && !this.healed) throw new WorkbenchError("network-failed", "no");
        this.asked.push(answer);
        return { yes: answer.includes("cat"), margin: answer.length };
      }),
    );
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

describe("what was said is remembered", () => {
  const openDb = (name: string): WriteConnection => openWorkspace(join(folder, name), { create: true });

  test("each question is asked once, within a call, between calls and after opening the workspace again", async () => {
    const judge = new CountingJudge();
    const questions = ["cat", "dog", "cat"].map(ask);
    let db = openDb("once.raif");
    const first = await rememberingJudge(judge, { db })(questions);
    expect(first).toEqual([
      { yes: true, margin: 3 },
      { yes: false, margin: 3 },
      { yes: true, margin: 3 },
    ]);
    db.close();
    db = openDb("once.raif");
    expect(await rememberingJudge(judge, { db })([...questions, ask("cow")])).toEqual([...first, { yes: false, margin: 3 }]);
    expect(judge.asked).toEqual(["cat", "dog", "cow"]);
    db.close();
  });

  test("another judge, another question and another conversation are other questions", async () => {
    const judge = new CountingJudge();
    const other = Object.assign(new CountingJudge(), { identity: "another" });
    const db = openDb("keys.raif");
    await rememberingJudge(judge, { db })([ask("cat"), { ...ask("cat"), question: "Is it?" }, { ...ask("cat"), messages: [] }]);
    await rememberingJudge(other, { db })([ask("cat")]);
    expect([judge.asked.length, other.asked.length]).toEqual([3, 1]);
    expect(allRows(db, "SELECT count(DISTINCT key) AS n, count(DISTINCT judge) AS judges FROM judge_verdicts")).toEqual([
      { n: 4, judges: 2 },
    ]);
    db.close();
  });

  test("judging that broke off goes on behind what was said", async () => {
    const judge = new CountingJudge();
    const db = openDb("broken.raif");
    const questions = ["a", "b", "c", "poison", "d", "e", "f"].map(ask);
    await expect(rememberingJudge(judge, { db })(questions)).rejects.toMatchObject({ code: "network-failed" });
    const before = judge.asked.length;
    expect(before).toBeGreaterThanOrEqual(3);
    expect(before).toBeLessThan(6);
    judge.healed = true;
    await rememberingJudge(judge, { db })(questions);
    expect(judge.asked).toHaveLength(7);
    expect(new Set(judge.asked).size).toBe(7);
    db.close();
  });

  test("without a workspace as long as it is open", async () => {
    const judge = new CountingJudge();
    const remembering = rememberingJudge(judge, {});
    await remembering([ask("cat")]);
    await remembering([ask("cat")]);
    expect(judge.asked).toEqual(["cat"]);
  });
});
