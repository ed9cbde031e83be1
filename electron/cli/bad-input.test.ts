// Bad input from outside: whatever a user gives, the command says what is wrong, where, in one line and with a non-zero exit code,
// prints with --json one error object and nothing else, and leaves what a workspace already holds as it was.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ErrorCode } from "../../shared/errors.ts";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { workspaceDigest } from "../storage/digest.ts";
import { checkIntegrity } from "../storage/integrity.ts";
import { openDatabase } from "../storage/open-database.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns } from "../storage/runs.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-bad-input-"));
const inFolder = (name: string): string => path.join(folder, name);
const [model, data, workspace] = [inFolder("model"), inFolder("data.jsonl"), inFolder("workspace.raif")];
const [firstLine] = tinyDataset().split("\n") as [string];
const SMALL = ["promptsPerStep=1", "numGenerations=2", "maxNewTokens=4", "maxPromptTokens=400", "superiorCot.thinkSamples=2"];
const trainOn = (given: { model?: string; data?: string; workspace?: string }, ...more: readonly string[]): readonly string[] => [
  ...["train", "--model", given.model ?? model, "--data", given.data ?? data, "--workspace", given.workspace ?? workspace],
  ...["--steps", "1", ...SMALL.flatMap((assignment) => ["--set", assignment]), ...more],
];

let storedBefore: ReturnType<typeof stored>;

beforeAll(async () => {
  await writeTinyModel(model, inFolder("scratch"));
  writeFileSync(data, tinyDataset());
  const { code, err } = await raif(...trainOn({}));
  expect(code, err).toBe(0);
  storedBefore = stored();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => expect(stored()).toEqual(storedBefore));

/** The run that was there first, read from a fresh connection. */
function stored(): unknown {
  const db = openWorkspaceReadOnly(workspace);
  try {
    const first = listRuns(db).at(-1);
    if (first === undefined) throw new Error("the first run is gone");
    return { integrity: checkIntegrity(db), status: first.status, digest: workspaceDigest(db, first.id) };
  } finally {
    db.close();
  }
}

/** Both ways to run it fail alike; gives the one line that a person sees. */
async function refused(code: ErrorCode, argv: readonly string[]): Promise<string> {
  const plain = await raif(...argv);
  expect(plain.code, plain.err).not.toBe(0);
  // What it computes on may have been said before.
  expect(plain.err.replace(/^computing on .*\n/, "")).toMatch(/^error [^\n]+\n$/);
  expect(plain.out).toBe("");
  const json = await raif(...argv, "--json");
  expect(json.code).toBe(plain.code);
  expect(jsonLines(json.out)).toEqual([{ error: expect.objectContaining({ code, message: expect.any(String) as string }) as object }]);
  expect(plain.err).toContain(`error ${code}: `);
  return plain.err;
}

/** A copy of the model folder after `damage`. */
function damagedModel(name: string, damage: (folder: string) => void): string {
  const copy = inFolder(name);
  cpSync(model, copy, { recursive: true });
  damage(copy);
  return copy;
}

function changeJson(file: string, changes: Readonly<Record<string, unknown>>): void {
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...changes }));
}

const weightsOf = (copy: string): string => path.join(copy, "model.safetensors");
const configOf = (copy: string, changes: Readonly<Record<string, unknown>>): void => changeJson(path.join(copy, "config.json"), changes);
const tokenizerOf = (copy: string): string => path.join(copy, "tokenizer.json");

describe("model folders", () => {
  test.each<readonly [name: string, damage: (copy: string) => void, code: ErrorCode, says: RegExp]>([
    ["no weights", (copy) => rmSync(weightsOf(copy)), "file-not-found", /no weights; where: .*no weights.*expected: model\.safetensors/],
    ["tensors missing", (copy) => configOf(copy, { num_hidden_layers: 3 }), "missing-weights", /model\.layers\.2\./],
    ["tensors too many", (copy) => configOf(copy, { num_hidden_layers: 1 }), "invalid-model", /model\.layers\.1\./],
    ["weights cut in a tensor", (copy) => truncateSync(weightsOf(copy), 9000), "invalid-model", /model\.safetensors/],
    ["weights cut in the header", (copy) => truncateSync(weightsOf(copy), 100), "invalid-model", /model\.safetensors/],
    ["weights empty", (copy) => truncateSync(weightsOf(copy), 0), "invalid-model", /model\.safetensors/],
    [
      "weights of another shape",
      (copy) => configOf(copy, { intermediate_size: 32 }),
      "invalid-model",
      /expected: \[32, 16\]; got: \[24, 16\]/,
    ],
    [
      "weights not finite",
      (copy) => {
        const bytes = readFileSync(weightsOf(copy));
        bytes.writeFloatLE(Infinity, bytes.length - 4);
        writeFileSync(weightsOf(copy), bytes);
      },
      "non-finite",
      /model\.norm\.weight|model\.layers/,
    ],
    [
      "unknown architecture",
      (copy) => configOf(copy, { architectures: ["MambaForCausalLM"], model_type: "mamba" }),
      "unsupported-architecture",
      /config\.json.*expected: .*llama.*got: .*[Mm]amba/,
    ],
    ["config not JSON", (copy) => truncateSync(path.join(copy, "config.json"), 30), "invalid-json", /config\.json/],
    ["config of another type", (copy) => configOf(copy, { hidden_size: "wide" }), "invalid-config", /hidden_size.*got: "wide"/],
    ["no config", (copy) => rmSync(path.join(copy, "config.json")), "file-not-found", /config\.json/],
    ["no tokenizer", (copy) => rmSync(tokenizerOf(copy)), "invalid-tokenizer", /file is missing; where: .*tokenizer\.json/],
    ["tokenizer not JSON", (copy) => truncateSync(tokenizerOf(copy), 200), "invalid-tokenizer", /tokenizer\.json/],
    [
      "tokenizer unknown",
      (copy) => changeJson(tokenizerOf(copy), { model: { type: "Sorcery", vocab: {} } }),
      "invalid-tokenizer",
      /tokenizer\.json.*Sorcery/,
    ],
    ["tokenizer too large", (copy) => configOf(copy, { vocab_size: 100, eos_token_id: 5 }), "invalid-model", /100/],
  ])("%s", async (name, damage, code, says) => {
    const damaged = damagedModel(name, damage);
    expect(await refused(code, trainOn({ model: damaged }))).toMatch(says);
    expect(await refused(code, ["generate", "--model", damaged, "--prompt", "Say cat."])).toMatch(says);
  });

  test("no folder", async () => {
    const absent = inFolder("absent");
    for (const argv of [
      trainOn({ model: absent }),
      ["generate", "--model", absent, "--ids", "1"],
      ["evaluate", "--model", absent, "--data", data, "--method", "io"],
      ["logits", "--model", absent, "--ids", "1", "--out", inFolder("x")],
    ])
      expect(await refused("file-not-found", argv)).toContain(absent);
  });
});

describe("data", () => {
  const withRule = (rule: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ ...(JSON.parse(firstLine) as object), id: "second", label: { type: "tree", tree: { type: "rule", ...rule } } });

  test.each<readonly [name: string, secondLine: string, code: ErrorCode, says: RegExp]>([
    ["not JSON", '{"id": "second", ', "invalid-record", /\.jsonl:2; expected: one JSON object; got: \{"id": "second", /],
    ["a list", "[1, 2]", "invalid-record", /\.jsonl:2/],
    ["no messages", JSON.stringify({ id: "second", messages: [], label: {} }), "invalid-record", /\.jsonl:2, messages/],
    ["an id used twice", firstLine, "invalid-record", /\.jsonl:2; got: first used in line 1/],
    ["an unknown rule", withRule({ id: "keywords:existance", kwargs: {} }), "unknown-rule", /\.jsonl:2.*keywords:existence/],
    ["an argument missing", withRule({ id: "keywords:existence", kwargs: {} }), "invalid-rule-arguments", /\.jsonl:2.*keywords/],
    [
      "an argument wrong",
      withRule({ id: "keywords:existence", kwargs: { keywords: "cat" } }),
      "invalid-rule-arguments",
      /\.jsonl:2.*keywords.*expected array, received string; got: \{"keywords":"cat"\}/,
    ],
    [
      "an argument too many",
      withRule({ id: "keywords:existence", kwargs: { keywords: ["cat"], tone: "kind" } }),
      "invalid-rule-arguments",
      /\.jsonl:2.*tone/,
    ],
  ])("%s", async (name, secondLine, code, says) => {
    const bad = inFolder(`${name}.jsonl`);
    writeFileSync(bad, `${firstLine}\n${secondLine}\n`);
    expect(await refused(code, trainOn({ data: bad }))).toMatch(says);
    expect(await refused(code, ["evaluate", "--model", model, "--data", bad, "--method", "io"])).toMatch(says);
  });

  test("no file, an empty file, a folder", async () => {
    writeFileSync(inFolder("empty.jsonl"), "\n\n");
    expect(await refused("file-not-found", trainOn({ data: inFolder("absent.jsonl") }))).toContain("absent.jsonl");
    expect(await refused("file-not-found", trainOn({ data: folder }))).toContain(folder);
    expect(await refused("invalid-record", trainOn({ data: inFolder("empty.jsonl") }))).toContain("empty.jsonl");
  });

  test("no experts where they are needed", async () => {
    const bad = inFolder("no-experts.jsonl");
    writeFileSync(bad, tinyDataset().split("\n")[1] ?? "");
    expect(await refused("invalid-config", trainOn({ data: bad }, "--method", "sft"))).toContain("expert");
    expect(await refused("invalid-config", trainOn({ data: bad }))).toContain("cloning");
  });
});

describe("requests", () => {
  test("prompts longer than the context", async () => {
    const long = inFolder("long.jsonl");
    writeFileSync(long, tinyDataset().split("\n").at(-1) ?? "");
    const ids = Array.from({ length: 600 }, () => 1).join(",");
    expect(await refused("prompt-too-long", trainOn({ data: long }))).toMatch(/expected: at most \d+ tokens; got: .*\d+/);
    expect(await refused("prompt-too-long", ["generate", "--model", model, "--prompt", "cat ".repeat(300)])).toMatch(/512|\d+ tokens/);
    expect(await refused("prompt-too-long", ["generate", "--model", model, "--ids", ids])).toMatch(/600/);
    expect(await refused("prompt-too-long", ["logits", "--model", model, "--ids", ids, "--out", inFolder("x")])).toMatch(/512.*600/);
    expect(await refused("prompt-too-long", ["evaluate", "--model", model, "--data", long, "--method", "io"])).toMatch(/\d+/);
    expect(existsSync(inFolder("x"))).toBe(false);
  });

  test("settings and recipes", async () => {
    const recipe = inFolder("recipe.json");
    writeFileSync(recipe, "{");
    expect(await refused("invalid-json", trainOn({}, "--recipe", recipe))).toContain("recipe.json");
    writeFileSync(recipe, JSON.stringify({ cloning: { enabeld: false } }));
    expect(await refused("invalid-config", trainOn({}, "--recipe", recipe))).toMatch(/recipe\.json.*cloning\.enabled/);
    expect(await refused("file-not-found", trainOn({}, "--recipe", "papre"))).toMatch(/papre; expected: one of paper, released-code/);
    expect(await refused("invalid-config", trainOn({}, "--set", "learningrate=1"))).toMatch(/"learningrate"; where: --set.*"learningRate"/);
    expect(await refused("invalid-config", trainOn({}, "--set", "maxNewTokens=many"))).toMatch(
      /"maxNewTokens".*expected: a whole number.*got: "many"/,
    );
    expect(await refused("invalid-argument", trainOn({}, "--set", "steps"))).toMatch(/key=value.*got: "steps"/);
    expect(await refused("invalid-config", trainOn({}, "--set", "maxNewTokens=512"))).toMatch(
      /maxNewTokens; expected: less than 512; got: 512/,
    );
  });

  test("threads", async () => {
    vi.stubEnv("RAIF_THREADS", "many");
    const says = await refused("invalid-argument", ["generate", "--model", model, "--ids", "1"]);
    vi.unstubAllEnvs();
    expect(says).toMatch(/RAIF_THREADS; expected: a whole number above 0; got: many/);
  });

  test("token ids", async () => {
    expect(await refused("invalid-argument", ["generate", "--model", model, "--ids", "1,99999"])).toMatch(/99999/);
    expect(await refused("invalid-argument", ["logits", "--model", model, "--ids", "99999", "--out", inFolder("x")])).toMatch(/99999/);
    for (const ids of ["1,x", "", "1,,2", "-1", "1.5"]) {
      const { code, out } = await raif("generate", "--model", model, "--ids", ids, "--json");
      expect(code).toBe(2);
      expect(jsonLines(out)).toMatchObject([{ error: { code: "invalid-argument", message: expect.stringContaining("--ids") as string } }]);
    }
  });

  test("batches and outputs", async () => {
    const step = (...argv: readonly string[]) => ["step", "--model", model, ...argv];
    const batch = inFolder("batch.json");
    expect(await refused("file-not-found", step("--batch", batch, "--out", inFolder("x")))).toContain("batch.json");
    writeFileSync(batch, "{");
    expect(await refused("invalid-json", step("--batch", batch, "--out", inFolder("x")))).toContain("batch.json");
    writeFileSync(
      batch,
      JSON.stringify({ samples: [{ promptIds: [1], responseIds: [2, 3], oldLogProbs: [0], advantage: 1, kind: "policy" }] }),
    );
    expect(await refused("invalid-record", step("--batch", batch, "--out", inFolder("x")))).toMatch(/oldLogProbs/);
    writeFileSync(batch, JSON.stringify({ samples: [{ promptIds: [1], responseIds: [2, 3], advantage: 1, kind: "policy" }] }));
    expect(await refused("storage-failed", step("--batch", batch, "--out", path.join(data, "x")))).toContain("data.jsonl");
    expect(await refused("storage-failed", ["logits", "--model", model, "--ids", "1", "--out", path.join(data, "x")])).toContain(
      "data.jsonl",
    );
    expect(existsSync(inFolder("x"))).toBe(false);
  });
});

describe("workspaces", () => {
  const commands = (file: string): readonly (readonly string[])[] => [
    trainOn({ workspace: file }),
    ["resume", "--workspace", file],
    ["runs", "--workspace", file],
    ["export", "--workspace", file, "--run", "1", "--to", inFolder("no-export")],
    ["evaluate", "--workspace", file, "--run", "1", "--data", data, "--method", "io"],
  ];

  test("of a newer version are refused and not touched", async () => {
    const newer = inFolder("newer.raif");
    cpSync(workspace, newer);
    const db = openDatabase(newer, { mode: "write", busyTimeoutMs: 0 });
    const version = db.pragma("user_version", { simple: true }) as number;
    db.pragma(`user_version = ${version + 1}`);
    db.close();
    const before = readFileSync(newer);
    for (const argv of commands(newer))
      expect(await refused("workspace-newer", argv)).toMatch(new RegExp(`newer\\.raif; expected: .* ${version}; got: ${version + 1}`));
    expect(readFileSync(newer).equals(before)).toBe(true);
  });

  test("that are none, damaged or absent", async () => {
    const text = inFolder("text.raif");
    writeFileSync(text, "These are not the pages of a database. ".repeat(200));
    for (const argv of commands(text)) expect(await refused("workspace-corrupt", argv)).toContain("text.raif");
    mkdirSync(inFolder("folder.raif"));
    for (const argv of commands(inFolder("folder.raif"))) expect(await refused("workspace-corrupt", argv)).toContain("folder.raif");
    for (const argv of commands(inFolder("absent.raif")).slice(1)) expect(await refused("file-not-found", argv)).toContain("absent.raif");
    expect(await refused("file-not-found", trainOn({ workspace: path.join(inFolder("absent"), "w.raif") }))).toContain("absent");
    for (const left of ["no-export", "absent.raif"]) expect(existsSync(inFolder(left))).toBe(false);
  });

  test("without what is asked for", async () => {
    expect(await refused("not-found", ["resume", "--workspace", workspace])).toContain("no run to resume");
    const to = inFolder("no-export");
    expect(await refused("not-found", ["resume", "--workspace", workspace, "--run", "7"])).toMatch(/expected: one of 1; got: 7/);
    expect(await refused("not-found", ["export", "--workspace", workspace, "--run", "7", "--to", to])).toMatch(/one of 1; got: 7/);
    expect(await refused("not-found", ["export", "--workspace", workspace, "--run", "1", "--checkpoint", "5", "--to", to])).toMatch(
      /one of 1/,
    );
    expect(await refused("invalid-argument", ["export", "--workspace", workspace, "--run", "1", "--to", model])).toContain(model);
  });
});
