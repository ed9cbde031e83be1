// A hub on this machine that serves a model folder the way Hugging Face does, and can be made to misbehave.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface ModelHub {
  readonly endpoint: string;
  /** Ranges that were asked for, by file. */
  readonly asked: [file: string, range: string | undefined][];
  /** Ends the connection behind so many bytes of a weights file, as soon as `when` says so. */
  cut: { readonly afterBytes: number; readonly when: () => boolean } | undefined;
  /** Asked for by everybody, where it is set. */
  token: string | undefined;
  /** Sends other bytes than announced. */
  corrupt: boolean;
  /** Waits before every piece of a weights file. */
  slow: boolean;
  readonly replace: (file: string, content: Buffer | undefined) => void;
  readonly close: () => void;
}

/** Serves `folder` as "owner/model", revision "main". */
export async function openModelHub(folder: string): Promise<ModelHub> {
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const asked: ModelHub["asked"] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://hub");
    if (hub.token !== undefined && request.headers.authorization !== `Bearer ${hub.token}`) {
      response.writeHead(401).end();
      return;
    }
    if (pathname === "/api/models/owner/model/revision/main") {
      response.end(JSON.stringify({ _id: "1", id: "owner/model", lastModified: 0, sha: "abc123" }));
      return;
    }
    if (pathname === "/api/models/owner/model/tree/abc123") {
      const tree = [...files].map(([path, content]) => ({
        type: "file",
        path,
        oid: "0",
        size: content.length,
        ...(path.endsWith(".safetensors")
          ? { lfs: { oid: createHash("sha256").update(content).digest("hex"), size: content.length, pointerSize: 130 } }
          : {}),
      }));
      response.end(JSON.stringify(tree));
      return;
    }
    const name = /^\/owner\/model\/resolve\/abc123\/(.+)$/.exec(pathname)?.[1] ?? "";
    const content = files.get(name);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { range } = request.headers;
    const [, first = "0", last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
    const from = Number(first);
    const to = last === undefined || last === "" ? content.length : Number(last) + 1;
    // The client asks for one byte to learn the size.
    if (range !== "bytes=0-0") asked.push([name, range]);
    const weights = name.endsWith(".safetensors");
    let body = content.subarray(from, to);
    if (weights && hub.corrupt) body = Buffer.alloc(body.length, 7);
    response.writeHead(range === undefined ? 200 : 206, {
      "content-length": body.length,
      etag: `"${name}"`,
      ...(range === undefined ? {} : { "content-range": `bytes ${from}-${to - 1}/${content.length}` }),
    });
    if (range === "bytes=0-0") {
      response.end(body);
      return;
    }
    if (weights && hub.slow) {
      response.write(body.subarray(0, 1000));
      return;
    }
    const { cut } = hub;
    if (weights && cut !== undefined) {
      response.write(body.subarray(0, cut.afterBytes));
      // What the other side has received but not read is lost with the connection, so the cut waits until something was.
      const waiting = setInterval(() => {
        if (cut.when()) response.destroy();
        if (cut.when() || response.destroyed) clearInterval(waiting);
      }, 10);
    } else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub: ModelHub = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    cut: undefined,
    token: undefined,
    corrupt: false,
    slow: false,
    replace: (file, content) => {
      if (content === undefined) files.delete(file);
      else files.set(file, Buffer.from(content));
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return hub;
}
