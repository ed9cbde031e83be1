// Threads that read for others: what they answer, and that whoever asks outlives what becomes of them.

import { expect, test } from "vitest";
import { readingAnswer, startReadingThread } from "./reading-thread.ts";

const asked = (task: string): Promise<unknown> => readingAnswer(startReadingThread("testing/reading-thread", task, 40), "some file");

test("an answer, a failure with its code, and a thread that ends without either", async () => {
  await expect(asked("answer")).resolves.toBe("read");
  await expect(asked("fail")).rejects.toMatchObject({ code: "invalid-record", message: "no such thing in it" });
  await expect(asked("end")).rejects.toThrow(/has ended with 0/);
});

test("a thread that asks for more memory than it may ends in words", async () => {
  await expect(asked("grow")).rejects.toMatchObject({ code: "invalid-record", details: { where: "some file" } });
});
