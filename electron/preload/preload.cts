// The one thing the page sees of its host: calls by name and events by topic. One CommonJS file, as a sandboxed preload must be.

import type * as Electron from "electron";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a sandboxed preload has no import
const { contextBridge, ipcRenderer } = require("electron") as typeof Electron;

const listeners = new Map<string, Set<(payload: unknown) => void>>();

// The event object stays here: it would hand the page a way to more.
ipcRenderer.on("raif:event", (_event, topic: string, payload: unknown) => {
  for (const tell of listeners.get(topic) ?? []) tell(payload);
});

contextBridge.exposeInMainWorld("raif", {
  invoke: (name: unknown, input: unknown): Promise<unknown> => ipcRenderer.invoke("raif:call", String(name), input),
  subscribe: (topic: string, listener: (payload: unknown) => void): (() => void) => {
    const ofTopic = listeners.get(topic) ?? new Set();
    listeners.set(topic, ofTopic.add(listener));
    return () => void ofTopic.delete(listener);
  },
});
