import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { flushDenormals } from "../onnx/session.ts";
import { sharedFloats } from "../tensor/shared-tensors.ts";
import type { EchoWork } from "./testing/echo-work-thread.ts";
import { WorkThread } from "./work-thread.ts";

const program = new URL("testing/echo-work-thread", import.meta.url);

test("does calls in order, says things in between, and sees shared memory", async () => {
  const thread = new WorkThread<EchoWork>(program);
  const heard: number[] = [];
  const shared = sharedFloats(3);
  const counted = thread.call("count", [3], (event: number) => heard.push(event));
  const filled = thread.call("fill", [shared, 7]);
  expect(await counted).toBe("counted");
  expect(heard).toEqual([1, 2, 3]);
  await filled;
  expect([...shared]).toEqual([7, 7, 7]);
  expect(await thread.call("echo", [new Map([["a", Float32Array.of(1)]])])).toEqual(new Map([["a", Float32Array.of(1)]]));
  await thread.end();
});

test("every thread takes numbers too small for a normal one as zero, whoever opens a session first", async (context) => {
  if (process.platform !== "linux") return context.skip(`threads do not inherit this on ${process.platform}`);
  await flushDenormals();
  for (let i = 0; i < 2; i++) {
    const thread = new WorkThread<EchoWork>(program);
    expect(await thread.call("product", [2 ** -1000, 2 ** -60])).toBe(0);
    await thread.end();
  }
});

test("failures come as what they are, and the thread goes on", async () => {
  const thread = new WorkThread<EchoWork>(program);
  await expect(thread.call("refuse", [])).rejects.toMatchObject({ code: "non-finite", details: { got: "NaN" } });
  await expect(thread.call("break", [])).rejects.toMatchObject({ code: "internal-error", message: "TypeError: a bug" });
  expect(await thread.call("echo", [1])).toBe(1);
  await thread.end();
});

test("a thread that ends or cannot be loaded leaves no call unanswered, and starts anew", async () => {
  const thread = new WorkThread<EchoWork>(program);
  const [exit, after] = await Promise.allSettled([thread.call("exit", []), thread.call("echo", [1])]);
  expect(exit).toMatchObject({ status: "rejected", reason: { message: expect.stringMatching(/echo-work-thread has ended/) as unknown } });
  expect(after.status).toBe("rejected");
  expect(await thread.call("echo", [2])).toBe(2);
  await thread.end();
  const missing = new WorkThread<EchoWork>(new URL("testing/no-such-thread", import.meta.url));
  await expect(missing.call("echo", [1])).rejects.toThrow(/no-such-thread.*Cannot find module/s);
});

test("an end waits for what was asked before", async () => {
  const thread = new WorkThread<EchoWork>(program);
  const counted = thread.call("count", [3]);
  const echoed = thread.call("echo", ["last"]);
  await thread.end();
  expect(await Promise.all([counted, echoed])).toEqual(["counted", "last"]);
});

test("an idle thread does not keep its process alive", async () => {
  const file = fileURLToPath(new URL("testing/idle-thread-program.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  expect(stdout).toBe("done\n");
});
