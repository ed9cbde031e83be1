// How calls and events reach the host: the desktop's preload bridge where there is one, else HTTP and a WebSocket on the page's own
// origin. Knows nothing of which calls there are.

import type { Result } from "../../shared/result.ts";

export interface Transport {
  readonly invoke: (name: string, input: unknown) => Promise<Result<unknown>>;
  /** Returns what ends the subscription. */
  readonly subscribe: (topic: string, listener: (payload: unknown) => void) => () => void;
}

declare global {
  interface Window {
    /** Put there by the preload. */
    readonly raif?: Transport;
  }
}

export interface ConnectionListener {
  /** The host cannot be reached any more, or again. */
  readonly onConnection: (connected: boolean) => void;
}

export function openTransport(listener: ConnectionListener): Transport {
  return window.raif ?? servedTransport(listener);
}

const RECONNECT_FIRST_MS = 500;
const RECONNECT_LAST_MS = 8000;

function servedTransport({ onConnection }: ConnectionListener): Transport {
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  let socket: WebSocket | undefined;
  let delayMs = RECONNECT_FIRST_MS;

  const connect = (): void => {
    const url = new URL("/events", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    socket = new WebSocket(url);
    socket.addEventListener("open", () => {
      delayMs = RECONNECT_FIRST_MS;
      onConnection(true);
    });
    socket.addEventListener("message", (message) => {
      const { topic, payload } = JSON.parse(String(message.data)) as { topic: string; payload: unknown };
      for (const tell of listeners.get(topic) ?? []) tell(payload);
    });
    socket.addEventListener("close", () => {
      socket = undefined;
      onConnection(false);
      setTimeout(connect, delayMs);
      delayMs = Math.min(delayMs * 2, RECONNECT_LAST_MS);
    });
  };

  return {
    async invoke(name, input) {
      try {
        const response = await fetch(new URL(`/call/${name}`, location.href), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(input ?? {}),
          credentials: "same-origin",
        });
        return (await response.json()) as Result<unknown>;
      } catch (error) {
        return unreachable(error);
      }
    },
    subscribe(topic, listener) {
      if (socket === undefined && listeners.size === 0) connect();
      const ofTopic = listeners.get(topic) ?? new Set();
      listeners.set(topic, ofTopic.add(listener));
      return () => void ofTopic.delete(listener);
    },
  };
}

function unreachable(error: unknown): Result<never> {
  return {
    ok: false,
    error: {
      code: "internal-error",
      message: `The workbench does not answer. If its window or terminal was closed, start it again and reload this page. (${String(error)})`,
      details: {},
    },
  };
}
