// What a served workbench answers over HTTP: the address with the token, calls, and the files of the renderer. Everything else is
// refused before it is looked at.

import type { IncomingMessage, ServerResponse } from "node:http";
import sirv from "sirv";
import { CONTENT_POLICY_HEADER } from "../../shared/content-policy.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import type { Result } from "../../shared/result.ts";
import type { Dispatch } from "../ipc/dispatch.ts";
import type { Access } from "./access.ts";

/** Above what the longest valid input takes. */
export const LARGEST_BODY_BYTES = 4 * 1024 * 1024;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_POLICY_HEADER,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()",
};

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export function createRequestHandler(access: Access, dispatch: Dispatch, rendererFolder: string): RequestHandler {
  // Only what is there now is ever served: a list, not a look at the disk for whatever path is asked for.
  const files = sirv(rendererFolder, {
    etag: true,
    setHeaders: (response, path) => {
      // Built names change with their content; the page itself does not.
      response.setHeader("cache-control", path.startsWith("/assets/") ? "private, max-age=31536000, immutable" : "no-cache");
    },
  });
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const url = requestUrl(request);
    if (url === undefined) {
      refuse(response, 400, "invalid-argument", "This is no address.");
      return;
    }
    const { pathname, searchParams } = url;
    if (!access.isOurHost(request)) {
      refuse(response, 403, "unauthorised", "The workbench is not known by this name.");
      return;
    }
    const isCall = pathname.startsWith("/call/");
    if (!access.isOurOrigin(request, isCall ? "not be absent" : "be absent")) {
      refuse(response, 403, "unauthorised", "Only the workbench's own pages may ask this.");
      return;
    }
    const token = searchParams.get("token");
    if (token !== null && pathname === "/") {
      enter(access, request, response, token);
      return;
    }
    if (!access.hasSession(request)) {
      refuse(
        response,
        401,
        "unauthorised",
        "Open the address that the workbench printed when it started. It works once; start the workbench again for a new one.",
      );
      return;
    }
    if (isCall) return void answerCall(request, response, pathname.slice("/call/".length), dispatch);
    if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(response, 405, "invalid-argument", "This can only be read.");
      return;
    }
    files(request, response, () => refuse(response, 404, "not-found", "There is no such page."));
  };
}

/** What was asked for; undefined where it cannot be read. The name it was asked of is looked at elsewhere. */
export function requestUrl({ url }: IncomingMessage): URL | undefined {
  return URL.parse(url ?? "/", "http://workbench.invalid") ?? undefined;
}

/** A token that was used by this very browser leads on, so that going back or reloading does no harm. */
function enter(access: Access, request: IncomingMessage, response: ServerResponse, token: string): void {
  const cookie = access.exchange(token);
  if (cookie === undefined && !access.hasSession(request)) {
    refuse(response, 401, "unauthorised", "This address was used already or is not right. Start the workbench again for a new one.");
    return;
  }
  if (cookie !== undefined) response.setHeader("set-cookie", cookie);
  response.writeHead(303, { location: "/", "cache-control": "no-store" }).end();
}

async function answerCall(request: IncomingMessage, response: ServerResponse, name: string, dispatch: Dispatch): Promise<void> {
  if (request.method !== "POST") {
    refuse(response, 405, "invalid-argument", "Calls are posted.");
    return;
  }
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    refuse(response, 415, "invalid-argument", "Calls take JSON.");
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    response.setHeader("connection", "close");
    refuse(response, 413, "invalid-argument", `A call takes at most ${LARGEST_BODY_BYTES} bytes.`);
    return;
  }
  let input: unknown;
  try {
    input = body === "" ? {} : JSON.parse(body);
  } catch {
    refuse(response, 400, "invalid-json", "The call's input is not JSON.");
    return;
  }
  answer(response, 200, await dispatch(decodeName(name), input));
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Undefined where it is too long, as soon as that is known. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size <= LARGEST_BODY_BYTES) return void pieces.push(piece);
      request.pause();
      resolve(undefined);
    });
    request.on("end", () => resolve(Buffer.concat(pieces).toString("utf8")));
    request.on("error", () => resolve(undefined));
  });
}

function refuse(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  answer(response, status, { ok: false, error: { code, message, details: {} } });
}

function answer(response: ServerResponse, status: number, result: Result<unknown>): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  // What a call gives nothing back for is null.
  response.end(JSON.stringify(result.ok ? { ok: true, value: result.value ?? null } : result));
}
