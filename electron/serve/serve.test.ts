// Who gets in and what they get, over real sockets.

import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { CONTENT_POLICY_HEADER } from "../../shared/content-policy.ts";
import type { Result } from "../../shared/result.ts";
import { LARGEST_BODY_BYTES } from "./request-handler.ts";
import { serve } from "./serve.ts";
import { openTestWorkbench, type TestWorkbench } from "./testing/served-workbench.ts";

let workbench: TestWorkbench;
let port: number;

beforeAll(async () => {
  workbench = await openTestWorkbench();
  port = Number(new URL(workbench.origin).port);
});

afterAll(async () => workbench.remove());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Unlike fetch it sends just the headers and the path that it is given. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function postCall(headers: Readonly<Record<string, string>>, body = "{}", name = "runs.list"): Promise<Answer> {
  const all = { "content-type": "application/json", origin: workbench.origin, cookie: await workbench.cookie(), ...headers };
  return ask(`/call/${name}`, all, "POST", body);
}

function errorOf({ body }: Answer): string {
  const result = JSON.parse(body) as Result<unknown>;
  return result.ok ? "none" : result.error.code;
}

test("the token works once, and gives a cookie that scripts and other sites do not get", async () => {
  const { url, origin } = workbench;
  const path = url.slice(origin.length);
  const wrong = await ask(`${path.slice(0, -1)}${path.endsWith("A") ? "B" : "A"}`);
  expect(wrong.status).toBe(401);
  expect(wrong.headers["set-cookie"]).toBeUndefined();
  // This takes the token.
  const cookie = await workbench.cookie();
  expect(cookie).toMatch(new RegExp(`^raif-session-${port}=[\\w-]{43}$`));
  const again = await ask(path);
  expect(again.status).toBe(401);
  expect(again.headers["set-cookie"]).toBeUndefined();
  const reloaded = await ask(path, { cookie });
  expect([reloaded.status, reloaded.headers["location"]]).toEqual([303, "/"]);
});

test("a newer address takes the place of one that was not opened yet", async () => {
  const [older, newer] = [workbench.newAddress(), workbench.newAddress()].map((address) => address.slice(workbench.origin.length)) as [
    string,
    string,
  ];
  expect((await ask(older)).status).toBe(401);
  expect((await ask(newer)).status).toBe(303);
  expect((await ask(newer)).status).toBe(401);
});

test("the cookie is strict, and out of reach of scripts", async () => {
  const other = await openTestWorkbench();
  try {
    const response = await fetch(other.url, { redirect: "manual" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/");
    const attributes = (response.headers.get("set-cookie") ?? "").split("; ").slice(1);
    expect(attributes.sort()).toEqual(["HttpOnly", "Path=/", "SameSite=Strict"]);
  } finally {
    await other.remove();
  }
});

test("without the cookie there is nothing: no page, no file, no call, no events", async () => {
  for (const path of ["/", "/index.html", "/assets/page-1a2b.js", "/nowhere"]) expect((await ask(path)).status).toBe(401);
  expect((await postCall({ cookie: "" })).status).toBe(401);
  expect((await postCall({ cookie: `raif-session-${port}=guess` })).status).toBe(401);
  expect(await upgrade({ cookie: "" })).toBe(401);
});

test("another name or another page is turned away, whatever cookie it brings", async () => {
  const cookie = await workbench.cookie();
  for (const host of ["evil.example", `evil.example:${port}`, `127.0.0.1:${port + 1}`, `127.0.0.1`]) {
    expect((await ask("/", { cookie, host })).status).toBe(403);
    expect((await postCall({ host, origin: `http://${host}` })).status).toBe(403);
    expect(await upgrade({ host, origin: `http://${host}` })).toBe(403);
  }
  for (const origin of [
    "http://evil.example",
    "null",
    `http://127.0.0.1:${port + 1}`,
    `https://127.0.0.1:${port}`,
    `http://localhost:${port}`,
  ]) {
    expect((await ask("/", { cookie, origin })).status).toBe(403);
    expect((await postCall({ origin })).status).toBe(403);
    expect(await upgrade({ origin })).toBe(403);
  }
  for (const site of ["cross-site", "same-site"]) {
    expect((await ask("/", { cookie, "sec-fetch-site": site })).status).toBe(403);
    expect((await postCall({ "sec-fetch-site": site })).status).toBe(403);
  }
  const { origin: _, ...noOrigin } = { "content-type": "application/json", origin: "", cookie };
  expect((await ask("/call/runs.list", noOrigin, "POST", "{}")).status).toBe(403);
  expect((await ask("/", { cookie, host: `localhost:${port}` })).status).toBe(200);
});

test("pages come with their types, a strict content policy and no way into a frame", async () => {
  const cookie = await workbench.cookie();
  const page = await ask("/", { cookie });
  expect(page.status).toBe(200);
  expect(page.headers["content-type"]).toBe("text/html;charset=utf-8");
  expect(page.headers["cache-control"]).toBe("no-cache");
  const script = await ask("/assets/page-1a2b.js", { cookie });
  expect(script.headers["content-type"]).toBe("text/javascript");
  expect(script.headers["cache-control"]).toContain("immutable");
  const refused = await ask("/nowhere", { cookie });
  expect(refused.status).toBe(404);
  for (const { headers } of [page, script, refused, await ask("/")]) {
    expect(headers["content-security-policy"]).toBe(CONTENT_POLICY_HEADER);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
  expect(CONTENT_POLICY_HEADER).not.toMatch(/unsafe|\*|http/);
  expect(CONTENT_POLICY_HEADER).toContain("script-src 'self'");
});

test("nothing outside the renderer's folder can be read", async () => {
  const cookie = await workbench.cookie();
  const paths = [
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/../../secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "//etc/passwd",
    "/%00",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "/workspace.sqlite",
  ];
  for (const path of paths) {
    const { status, body } = await ask(path, { cookie });
    expect([path, status]).toEqual([path, 404]);
    expect(body).not.toContain("not for the browser");
  }
});

test("an address that cannot be read is refused, and nothing breaks", async () => {
  const head = `Host: 127.0.0.1:${port}\r\nConnection: close\r\n`;
  expect(await raw(`GET http://[ HTTP/1.1\r\n${head}\r\n`)).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(`GET http://[ HTTP/1.1\r\n${head.replace("close", "Upgrade")}Upgrade: websocket\r\n\r\n`)).toMatch(/^HTTP\/1.1 403/);
  expect(await raw("GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
  expect(await raw("\0\0\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
  expect((await ask("/", { cookie: await workbench.cookie() })).status).toBe(200);
});

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port }, () => socket.write(text));
    socket.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
    socket.on("close", () => resolve(answer));
    socket.on("error", () => undefined);
  });
}

test("only calls are posted, and only as JSON of a bearable size", async () => {
  const cookie = await workbench.cookie();
  expect((await ask("/", { cookie }, "POST")).status).toBe(405);
  expect((await ask("/call/runs.list", { cookie, origin: workbench.origin })).status).toBe(405);
  expect((await postCall({ "content-type": "text/plain" })).status).toBe(415);
  const broken = await postCall({}, "{");
  expect([broken.status, errorOf(broken)]).toEqual([400, "invalid-json"]);
  const long = await postCall({}, JSON.stringify({ text: "x".repeat(LARGEST_BODY_BYTES) })).catch((error: unknown) => error);
  // Whoever is still sending may see the connection end instead of the answer.
  if (!(long instanceof Error)) expect((long as Answer).status).toBe(413);
  expect(errorOf(await postCall({}, '{"archived": 3}'))).toBe("invalid-argument");
  expect(errorOf(await postCall({}, '{"archived": true}'))).toBe("none");
  for (const name of ["runs.nothing", "nothing.list", "runs", "runs.list.more", "__proto__.toString", "runs.constructor", "%E0%A4%A"]) {
    expect([name, errorOf(await postCall({}, "{}", name))]).toEqual([name, "unknown-call"]);
  }
  expect(workbench.bugs).toEqual([]);
});

test("a page hears events, and cannot speak", async () => {
  const socket = await openSocket();
  const heard: unknown[] = [];
  socket.on("message", (message: Buffer) => heard.push(JSON.parse(message.toString("utf8"))));
  await workbench.call("settings.set", { theme: "dark" });
  await expect.poll(() => heard).toEqual([{ topic: "workspace", payload: { changed: "settings" } }]);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.send("x".repeat(2000));
  await closed;
  expect(await upgrade({}, "/elsewhere")).toBe(404);
  // Nobody is left to hear it, and nothing breaks.
  expect((await workbench.call("settings.set", { theme: "light" })).ok).toBe(true);
});

test("nothing but this machine's own address is listened on", async () => {
  const reached = (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host, port }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  expect(await reached("127.0.0.1")).toBe(true);
  // Loopback too, but not the one address that is listened on: a server on all addresses would answer.
  expect(await reached("127.0.0.2")).toBe(false);
});

test("a port that is taken, and an interface that is not built, are said in words", async () => {
  const options = {
    example: false,
    workspaceFile: `${workbench.folder}/other.sqlite`,
    rendererFolder: `${workbench.folder}/renderer`,
    onBug: () => undefined,
  };
  await expect(serve({ ...options, port })).rejects.toThrow("cannot listen on this port");
  await expect(serve({ ...options, port: 0, rendererFolder: workbench.folder })).rejects.toThrow("not built yet");
});

async function openSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/events`, {
    origin: workbench.origin,
    headers: { cookie: await workbench.cookie() },
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}

/** Status with which an attempt at a WebSocket is turned away; 101 where it is not. */
async function upgrade(headers: Readonly<Record<string, string>>, path = "/events"): Promise<number> {
  const all = { origin: workbench.origin, cookie: await workbench.cookie(), ...headers };
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: all });
    socket.on("open", () => {
      socket.terminate();
      resolve(101);
    });
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => undefined);
  });
}
