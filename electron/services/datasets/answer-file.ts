// Answers to the records of a dataset, from a file of JSON lines {id, answer}. Other fields are left alone; "response" is another name of
// the answer. Only answers to the ids that are asked for are kept in memory.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { WorkbenchError } from "../../../shared/errors.ts";

const lineSchema = z.union([
  z.object({ id: z.union([z.string(), z.number()]).transform(String), answer: z.string() }),
  z.object({ id: z.union([z.string(), z.number()]).transform(String), response: z.string() }).transform(({ id, response }) => ({
    id,
    answer: response,
  })),
]);

export interface FileAnswers {
  /** In the order of the file; an id may have several. */
  readonly byId: ReadonlyMap<string, readonly string[]>;
  /** Lines about other ids. */
  readonly strangers: number;
}

/** Throws "file-not-found", and "invalid-record" with the line. */
export async function readAnswerFile(path: string, ids: ReadonlySet<string>): Promise<FileAnswers> {
  const byId = new Map<string, string[]>();
  let [line, strangers] = [0, 0];
  try {
    for await (const text of createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity })) {
      line += 1;
      if (text.trim() === "") continue;
      const { id, answer } = parseLine(text, `${path}:${line}`);
      const known = byId.get(id);
      if (!ids.has(id)) strangers += 1;
      else if (known === undefined) byId.set(id, [answer]);
      else known.push(answer);
    }
  } catch (cause) {
    if (cause instanceof WorkbenchError) throw cause;
    throw new WorkbenchError("file-not-found", "cannot read the answers", { where: path }, { cause });
  }
  return { byId, strangers };
}

function parseLine(text: string, where: string): { readonly id: string; readonly answer: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError("invalid-record", "the line is not JSON", { where, got: text.slice(0, 80) }, { cause });
  }
  const parsed = lineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new WorkbenchError("invalid-record", "the line is no answer", {
    where,
    expected: 'an object with "id" (the record\'s) and "answer"',
    got: text.slice(0, 80),
  });
}
