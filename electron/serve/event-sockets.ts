// Events of a served workbench: one WebSocket a page at /events, on which only the host speaks.

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Host } from "../ipc/host.ts";
import type { Access } from "./access.ts";
import { requestUrl } from "./request-handler.ts";

const PING_EVERY_MS = 30_000;
/** A page that does not read this much is given up; it reads again by query when it reconnects. */
const LARGEST_BACKLOG_BYTES = 4 * 1024 * 1024;

/** Returns what closes all of them. */
export function serveEvents(server: Server, access: Access, subscribe: Host["subscribe"]): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  const alive = new WeakSet<WebSocket>();

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!access.isOurHost(request) || !access.isOurOrigin(request, "not be absent")) {
      reject(socket, "403 Forbidden");
      return;
    }
    if (!access.hasSession(request)) {
      reject(socket, "401 Unauthorized");
      return;
    }
    if (requestUrl(request)?.pathname !== "/events") {
      reject(socket, "404 Not Found");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      alive.add(client);
      client.on("pong", () => alive.add(client));
      client.on("error", () => client.terminate());
    });
  });

  const unsubscribe = subscribe((topic, payload) => {
    const text = JSON.stringify({ topic, payload });
    for (const client of sockets.clients) {
      if (client.bufferedAmount > LARGEST_BACKLOG_BYTES) client.terminate();
      else if (client.readyState === client.OPEN) client.send(text);
    }
  });

  const timer = setInterval(() => {
    for (const client of sockets.clients) {
      if (!alive.has(client)) client.terminate();
      alive.delete(client);
      client.ping();
    }
  }, PING_EVERY_MS);
  timer.unref();

  return () => {
    clearInterval(timer);
    unsubscribe();
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  };
}

function reject(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
