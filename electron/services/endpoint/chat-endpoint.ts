// A model behind an OpenAI-compatible endpoint (POST <base>/chat/completions): time limits, patience with a busy or flawed server,
// and errors in words. The key goes into the header of requests and nowhere else.

import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { z } from "zod";
import { isWorkbenchError, WorkbenchError } from "../../../shared/errors.ts";
import { canonicalJson, sha256 } from "../../storage/hashing.ts";
import { RequestDialect } from "./request-dialect.ts";
import { tokensOf } from "./token-use.ts";
import type { ChatModel, ChatReply, ChatRequest } from "./chat-model.ts";

export interface EndpointSettings {
  /** Up to and without "/chat/completions", e.g. "http://127.0.0.1:8000/v1". */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** Requests at the same time. */
  readonly concurrency?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** Tries for one request, the first included. */
  readonly maxAttempts?: number | undefined;
  /** Pause before the second try; doubles with each. */
  readonly retryMs?: number | undefined;
  /** How a pause is made; other than by waiting only in tests. */
  readonly pause?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

const DEFAULTS = { concurrency: 4, timeoutMs: 120_000, maxAttempts: 6, retryMs: 500 } as const;
const LONGEST_PAUSE_MS = 60_000;
/** A server that asks for more patience than this gets less. */
const LONGEST_ASKED_PAUSE_MS = 10 * 60_000;
/** An answer is text; more is no answer. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const SHOWN_CHARACTERS = 200;

const tokenSchema = z.object({ token: z.string(), logprob: z.number() });
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.union([z.string(), z.array(z.object({ text: z.string().default("") }))]).nullish(),
          // What servers of reasoning models keep apart.
          reasoning_content: z.string().nullish().catch(null),
          reasoning: z.string().nullish().catch(null),
        }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({ content: z.array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).default([]) })).nullish() })
          .nullish(),
      }),
    )
    .min(1),
  // Whatever it is: an answer that is paid for is not asked for again because it was counted wrongly.
  usage: z.looseObject({}).nullish().catch(null),
});

/** Another try may help; `afterMs` is what the server asked to wait. */
class PassingTrouble extends Error {
  readonly afterMs: number | undefined;
  constructor(message: string, afterMs?: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** Throws "invalid-argument" for an address that is none. */
export function openChatEndpoint(settings: EndpointSettings): ChatModel {
  const url = completionsUrl(settings.baseUrl);
  const limit = pLimit(settings.concurrency ?? DEFAULTS.concurrency);
  const server: Server = { url, settings, patience: new Patience(settings), dialect: new RequestDialect() };
  return {
    identity: `${url} ${settings.model}`,
    ask: (request, signal) => limit(() => askPatiently(server, request, signal)),
  };
}

interface Server {
  readonly url: string;
  readonly settings: EndpointSettings;
  readonly patience: Patience;
  readonly dialect: RequestDialect;
}

/** A server that asks to wait means everybody who asks it, not only the request it said so to. */
class Patience {
  private readonly pause: NonNullable<EndpointSettings["pause"]>;
  private waiting: Promise<void> | undefined;

  constructor({ pause }: EndpointSettings) {
    this.pause = pause ?? ((ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined));
  }

  /** For as long as the server asked, all requests wait; a second wish meanwhile is about the same. */
  async asked(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.waiting ??= this.pause(ms, signal).finally(() => (this.waiting = undefined));
    await this.waiting;
  }

  /** Of one request by itself. */
  async backOff(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await this.pause(ms, signal);
  }

  async turn(): Promise<void> {
    while (this.waiting !== undefined) await this.waiting;
  }
}

async function askPatiently(server: Server, request: ChatRequest, signal: AbortSignal | undefined): Promise<ChatReply> {
  const { url, settings, patience } = server;
  const attempts = settings.maxAttempts ?? DEFAULTS.maxAttempts;
  for (let attempt = 1; ; attempt++) {
    await patience.turn();
    throwIfAborted(signal);
    try {
      return await askOnce(server, request, signal);
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof PassingTrouble)) throw error;
      if (attempt >= attempts) {
        throw new WorkbenchError("network-failed", "the endpoint does not answer as it should", {
          where: url,
          got: `${error.message}, ${attempts} times`,
        });
      }
      const backOffMs = Math.min((settings.retryMs ?? DEFAULTS.retryMs) * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      if (error.afterMs === undefined) await patience.backOff(backOffMs, signal);
      else await patience.asked(Math.min(error.afterMs, LONGEST_ASKED_PAUSE_MS), signal);
    }
  }
}

async function askOnce(server: Server, request: ChatRequest, signal: AbortSignal | undefined): Promise<ChatReply> {
  const { url, settings, dialect } = server;
  const body = dialect.body(settings.model, request);
  const timeout = AbortSignal.timeout(settings.timeoutMs ?? DEFAULTS.timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      headers: {
        "content-type": "application/json",
        // A server that knows this header charges a repeated request once; what it is not told, such as another seed, makes another one.
        "idempotency-key": sha256(canonicalJson({ ...body, request })).slice(0, 32),
        ...(settings.apiKey === undefined || settings.apiKey === "" ? {} : { authorization: `Bearer ${settings.apiKey}` }),
      },
      // A key must not follow to another server.
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const text = await readBody(response);
    if (!response.ok && dialect.learn(response.status, text, body)) return await askOnce(server, request, signal);
    if (!response.ok) throw refusal(response, text, url);
    return replyOf(text, request);
  } catch (error) {
    if (error instanceof PassingTrouble || isWorkbenchError(error)) throw error;
    if (timeout.aborted) throw new PassingTrouble("no answer in time");
    throw new PassingTrouble(error instanceof Error ? reasonOf(error) : String(error));
  }
}

function refusal(response: Response, text: string, url: string): Error {
  const { status } = response;
  const got = `status ${status}: ${text.trim().slice(0, SHOWN_CHARACTERS)}`;
  if (status === 401 || status === 403) {
    return new WorkbenchError("unauthorised", "the endpoint refuses the key", { where: url, got: `status ${status}` });
  }
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) {
    return new PassingTrouble(`status ${status}`, retryAfterMs(response.headers.get("retry-after")));
  }
  return new WorkbenchError("network-failed", "the endpoint refuses the request", { where: url, got });
}

function replyOf(body: string, request: ChatRequest): ChatReply {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new PassingTrouble("an answer that is not JSON");
  }
  const parsed = completionSchema.safeParse(value);
  if (!parsed.success) throw new PassingTrouble("an answer that is no chat completion");
  const [choice] = parsed.data.choices;
  const text = choice === undefined ? "" : messageText(choice.message);
  return {
    text,
    finish: choice?.finish_reason ?? "stop",
    ...tokensOf(parsed.data.usage, request, text),
    logProbs: (choice?.logprobs?.content ?? []).map(({ token, logprob, top_logprobs }) => ({
      token,
      logProb: logprob,
      top: top_logprobs.map((other) => ({ token: other.token, logProb: other.logprob })),
    })),
  };
}

type Message = z.output<typeof completionSchema>["choices"][number]["message"];

/** Reasoning that came beside the answer stands in front of it, in the tags that models use. */
function messageText({ content, reasoning_content, reasoning }: Message): string {
  const said = typeof content === "string" ? content : (content ?? []).map((part) => part.text).join("");
  const thought = (reasoning_content ?? reasoning ?? "").trim();
  return thought === "" ? said : `<think>\n${thought}\n</think>\n${said}`;
}

/** The whole body, up to what an answer can be. */
async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const chunks: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of chunks ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_REPLY_BYTES) throw new PassingTrouble("an answer without end");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Seconds, or a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function completionsUrl(baseUrl: string): string {
  const base = URL.parse(baseUrl.trim());
  if (base === null || !/^https?:$/.test(base.protocol) || base.username !== "") {
    throw new WorkbenchError("invalid-argument", "this is no address of an endpoint", {
      expected: "http(s)://host/path up to /chat/completions, without user and password",
      got: baseUrl,
    });
  }
  const path = base.pathname.replace(/\/+$/, "");
  return `${base.origin}${path.endsWith("/chat/completions") ? path : `${path}/chat/completions`}`;
}

function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new WorkbenchError("cancelled", "asking the model was cancelled");
}
