// The key of a judge's endpoint on its way from the host's store to the engine process, and nowhere else.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openChatServer, type ChatServer } from "../services/endpoint/testing/chat-server.ts";
import type { JobArguments } from "./job-arguments.ts";
import { openTestHost } from "./testing/test-host.ts";
import { tinyFolder, type TinyFolder } from "./testing/tiny-training.ts";

let tiny: TinyFolder;
let server: ChatServer;
beforeAll(async () => {
  tiny = await tinyFolder();
  server = await openChatServer(({ authorization }) =>
    authorization === "Bearer the-key" ? { type: "say", text: "yes" } : { type: "status", status: 401 },
  );
});
afterAll(async () => {
  await server.close();
  tiny.remove();
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ["stored for this host", { "judge-key:HOST": "the-key" }, "finished"],
  ["stored for another host", { "judge-key": "the-key", "judge-key:127.0.0.1": "the-key" }, "failed"],
])("%s", async (_, stored, status) => {
  const workspace = tiny.workspace(`key-${Object.keys(stored).length}`);
  const names = Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name.replace("HOST", new URL(server.baseUrl).host), value]),
  );
  const data = path.join(path.dirname(workspace), "questions.jsonl");
  const label = { type: "tree", tree: { type: "question", text: "Is it a cat?" } };
  writeFileSync(data, JSON.stringify({ id: "one", messages: [{ role: "user", content: "Say cat." }], label }));
  const host = openTestHost(workspace, undefined, (name) => Promise.resolve(names[name]));
  try {
    const evaluation: Extract<JobArguments, { kind: "evaluate" }>["request"] = {
      source: { type: "base", model: tiny.model },
      data,
      method: "io",
      maxNewTokens: 8,
      temperature: 1,
      seed: 1,
      judge: `endpoint:${server.baseUrl}#judge`,
    };
    const job = await host.ended(host.start({ kind: "evaluate", request: evaluation }));
    expect(job.status).toBe(status);
    if (status === "failed") expect(job.error).toMatchObject({ code: "unauthorised" });
    expect(JSON.stringify([job, host.said])).not.toContain("the-key");
  } finally {
    await host.close();
  }
});
