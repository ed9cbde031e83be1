import { afterEach, beforeEach, expect, test } from "vitest";
import { listCheckpoints, loadCheckpoint, pruneCheckpoints, saveCheckpoint } from "./checkpoints.ts";
import type { CheckpointInput } from "./checkpoints.ts";
import type { WriteConnection } from "./connection.ts";
import type { RunId } from "./ids.ts";
import { openWorkspace } from "./open-workspace.ts";
import { createRun } from "./runs.ts";
import { SAMPLE_RUN, sampleCheckpoint } from "./testing/sample-run.ts";

let db: WriteConnection;
let runId: RunId;
beforeEach(() => {
  db = openWorkspace(":memory:");
  runId = createRun(db, SAMPLE_RUN).id;
});
afterEach(() => db.close());

test("tensors of every dtype come back bit for bit, empty ones and views into larger buffers included", () => {
  const nan = new Uint32Array([0x7fc00001, 0x80000000, 0xffc12345]);
  const large = new Float32Array(100).fill(3);
  const input: CheckpointInput = {
    kind: "resumable",
    content: "adapter",
    state: { updates: 3, nested: [1, null] },
    tensors: [
      { role: "parameter", name: "a", dtype: "float32", shape: [3], data: new Float32Array(nan.buffer) },
      { role: "first-moment", name: "a", dtype: "float32", shape: [2, 2], data: large.subarray(1, 5) },
      { role: "second-moment", name: "a", dtype: "int64", shape: [2], data: BigInt64Array.of(-(2n ** 63n), 5n) },
      { role: "parameter", name: "b", dtype: "float16", shape: [1, 2], data: Uint16Array.of(0x7e01, 0x8000) },
      { role: "parameter", name: "c", dtype: "int32", shape: [], data: Int32Array.of(-1) },
      { role: "parameter", name: "d", dtype: "bool", shape: [0], data: new Uint8Array(0) },
    ],
  };
  saveCheckpoint(db, runId, 0, input);
  const loaded = loadCheckpoint(db, runId);
  expect(loaded).toMatchObject({ step: 0, kind: "resumable", content: "adapter", state: input.state, damaged: [] });
  const bytes = (data: NodeJS.ArrayBufferView): string =>
    `${data.constructor.name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")}`;
  expect(loaded?.tensors.map((each) => [each.role, each.name, each.dtype, each.shape, bytes(each.data)])).toEqual(
    input.tensors.map((each) => [each.role, each.name, each.dtype, each.shape, bytes(each.data)]),
  );
});

test.each([
  [
    "a changed byte",
    "UPDATE checkpoint_tensor_parts SET data = zeroblob(length(data)) WHERE tensor_id = (SELECT max(id) FROM checkpoint_tensors)",
  ],
  ["a lost tensor", "DELETE FROM checkpoint_tensors WHERE id = (SELECT max(id) FROM checkpoint_tensors)"],
  ["a changed state", "UPDATE checkpoints SET state_json = '{}' WHERE step = 2"],
  ["a changed shape", "UPDATE checkpoint_tensors SET shape_json = '[' WHERE id = (SELECT max(id) FROM checkpoint_tensors)"],
])("%s is noticed and the checkpoint before it is used instead", (_what, sql) => {
  saveCheckpoint(db, runId, 1, sampleCheckpoint(1));
  saveCheckpoint(db, runId, 2, sampleCheckpoint(2));
  db.exec(sql);
  const loaded = loadCheckpoint(db, runId);
  expect([loaded?.step, loaded?.damaged.map((each) => each.step)]).toEqual([1, [2]]);
  db.exec("UPDATE checkpoints SET state_json = '[]' WHERE step = 1");
  expect(() => loadCheckpoint(db, runId)).toThrow(expect.objectContaining({ code: "workspace-corrupt" }));
});

test("pruning keeps the newest whole and every so many as weights, which still load and still notice damage", () => {
  for (let step = 1; step <= 8; step++) saveCheckpoint(db, runId, step, sampleCheckpoint(step));
  expect(pruneCheckpoints(db, runId, { keepResumable: 2, keepWeightsEvery: 3 })).toEqual({ toWeights: [3, 6], deleted: [1, 2, 4, 5] });
  expect(listCheckpoints(db, runId).map(({ step, kind, sizeBytes }) => [step, kind, sizeBytes])).toEqual([
    [3, "weights", 8000],
    [6, "weights", 8000],
    [7, "resumable", 24000],
    [8, "resumable", 24000],
  ]);
  expect(pruneCheckpoints(db, runId, { keepResumable: 2, keepWeightsEvery: 3 })).toEqual({ toWeights: [], deleted: [] });
  const weights = loadCheckpoint(db, runId, { step: 6 });
  expect([weights?.step, weights?.tensors]).toEqual([6, sampleCheckpoint(6).tensors.filter((each) => each.role === "parameter")]);
  expect(loadCheckpoint(db, runId, { step: 6, kind: "resumable" })).toBeUndefined();
  db.exec("UPDATE checkpoint_tensor_parts SET data = zeroblob(length(data)) WHERE tensor_id = (SELECT min(id) FROM checkpoint_tensors)");
  expect(() => loadCheckpoint(db, runId, { step: 5 })).toThrow(expect.objectContaining({ code: "workspace-corrupt" }));
});
