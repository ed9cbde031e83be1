// A real HTTP server in the place of a model: answers chat completions as a test says, and remembers every request.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface AskedRequest {
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly max_tokens: number;
    readonly temperature: number;
    readonly seed?: number;
  };
  /** The body as it came, to see whether a request came twice. */
  readonly key: string;
  readonly authorization: string | undefined;
  /** Of this body, from 0. */
  readonly attempt: number;
}

/** What the server does with a request. */
export type ServerAct =
  | {
      readonly type: "say";
      readonly text: string;
      readonly afterMs?: number;
      readonly finish?: "stop" | "length";
      /** In the place of a count that is right. */
      readonly usage?: unknown;
      /** Beside the answer, as servers of reasoning models have it. */
      readonly reasoning?: string;
      /** The body comes in so many parts, one after the other. */
      readonly parts?: number;
    }
  | { readonly type: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly type: "raw"; readonly body: string }
  /** Takes the request and never answers. */
  | { readonly type: "silence" }
  /** Half an answer, then nothing. */
  | { readonly type: "cut" };

export interface ChatServer {
  readonly baseUrl: string;
  readonly requests: readonly AskedRequest[];
  /** Bodies that were answered in full with a good answer, each time. */
  readonly answered: readonly string[];
  readonly close: () => Promise<void>;
}

export async function openChatServer(act: (request: AskedRequest) => ServerAct): Promise<ChatServer> {
  const requests: AskedRequest[] = [];
  const answered: string[] = [];
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then(
      (key) => {
        const attempt = requests.filter((earlier) => earlier.key === key).length;
        const body = JSON.parse(key) as AskedRequest["body"];
        const request: AskedRequest = { body, key, authorization: incoming.headers.authorization, attempt };
        requests.push(request);
        perform(act(request), response, () => answered.push(key));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    answered,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function perform(act: ServerAct, response: ServerResponse, onAnswered: () => void): void {
  const json = { "content-type": "application/json" };
  switch (act.type) {
    case "say": {
      const say = (): void => {
        onAnswered();
        response.writeHead(200, json);
        void sendInParts(response, completion(act), act.parts ?? 1);
      };
      if (act.afterMs === undefined || act.afterMs === 0) say();
      else setTimeout(say, act.afterMs);
      return;
    }
    case "status":
      response.writeHead(act.status, act.headers).end(act.body ?? "");
      return;
    case "raw":
      response.writeHead(200, json).end(act.body);
      return;
    case "silence":
      return;
    case "cut":
      response.writeHead(200, { ...json, "content-length": "1000" }).write('{"choices": [{"mess');
      setTimeout(() => response.destroy(), 5);
  }
}

async function sendInParts(response: ServerResponse, body: string, parts: number): Promise<void> {
  const size = Math.ceil(body.length / parts);
  for (let part = 0; part < parts - 1; part++) {
    response.write(body.slice(part * size, (part + 1) * size));
    await sleep(2);
  }
  response.end(body.slice((parts - 1) * size));
}

/** One token a word is near enough. */
function completion({ text: content, finish = "stop", reasoning, ...act }: Extract<ServerAct, { type: "say" }>): string {
  const tokens = content.split(/\s+/).length;
  const usage = "usage" in act ? act.usage : { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens };
  const message = { role: "assistant", content, ...(reasoning === undefined ? {} : { reasoning_content: reasoning }) };
  return JSON.stringify({ choices: [{ index: 0, message, finish_reason: finish }], ...(usage === undefined ? {} : { usage }) });
}
