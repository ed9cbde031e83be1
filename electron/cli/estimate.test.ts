// `raif estimate` from outside: architectures by their config.json alone.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-estimate-"));
const config = path.join(folder, "config.json");
/** Qwen2.5-1.5B's published shape, but for two layers instead of 28. */
writeFileSync(
  config,
  JSON.stringify({
    model_type: "qwen2",
    vocab_size: 151936,
    hidden_size: 1536,
    num_hidden_layers: 2,
    num_attention_heads: 12,
    num_key_value_heads: 2,
    intermediate_size: 8960,
    max_position_embeddings: 32768,
    tie_word_embeddings: true,
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly parameters: number;
  readonly peakBytes: number;
  readonly fits: boolean;
  readonly remedy: { readonly set: readonly string[]; readonly peakBytes: number } | null;
  readonly phases: readonly {
    readonly name: string;
    readonly totalBytes: number;
    readonly parts: readonly { name: string; bytes: number }[];
  }[];
}

async function estimate(...options: string[]): Promise<Report> {
  const { out, err } = await raif(
    "estimate",
    "--model",
    config,
    "--json",
    "--set",
    "maxNewTokens=512",
    "--set",
    "maxPromptTokens=512",
    ...options,
  );
  expect(err).toBe("");
  return jsonLines(out)[0] as unknown as Report;
}

const totalOf = (report: Report, name: string): number => report.phases.find((phase) => phase.name === name)?.totalBytes ?? NaN;

test("parts add up to their phase, and every saving setting saves", async () => {
  const plain = await estimate("--memory", "1TiB");
  expect(plain).toMatchObject({ parameters: 326_970_880, fits: true, remedy: null });
  expect(plain.phases.map(({ name }) => name)).toEqual(["rollout", "score", "update"]);
  for (const { parts, totalBytes } of plain.phases) expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(totalBytes, 0);
  expect(plain.peakBytes).toBe(Math.max(...plain.phases.map(({ totalBytes }) => totalBytes)));
  let last = totalOf(plain, "update");
  const settings: string[] = [];
  for (const setting of ["lora.enabled=true", "lora.baseBits=8", "activationCheckpointing=true", "lora.baseBits=4", "maxNewTokens=64"]) {
    settings.push("--set", setting);
    const bytes = totalOf(await estimate("--memory", "1TiB", ...settings), "update");
    expect(bytes, setting).toBeLessThan(last);
    last = bytes;
  }
});

test("what does not fit fails, with the settings that would make it fit", async () => {
  const { fits, remedy } = await estimate("--memory", "5GiB");
  expect(fits).toBe(false);
  expect(remedy?.peakBytes).toBeLessThanOrEqual(5 * 2 ** 30);
  const again = await estimate("--memory", "5GiB", ...(remedy?.set ?? []).flatMap((setting) => ["--set", setting]));
  expect(again).toMatchObject({ fits: true, peakBytes: remedy?.peakBytes });
  expect(await estimate("--memory", "100MB")).toMatchObject({ fits: false, remedy: null });
  const forPeople = await raif("estimate", "--model", config, "--memory", "5GiB");
  expect(forPeople.code).toBe(1);
  expect(forPeople.out).toMatch(/It does not fit into 5\.00 GiB\. It would fit, with [\d.]+ GiB, with --set /);
});

test("a device's memory apart from the host's; float16 only there", async () => {
  const adapter = ["--set", "lora.enabled=true", "--set", "activationCheckpointing=true"];
  const bases: number[] = [];
  for (const bits of ["32", "16"]) {
    const report = await estimate("--device", "webgpu", ...adapter, "--set", `lora.baseBits=${bits}`);
    expect(report).toMatchObject({ device: "webgpu", fits: null, availableBytes: null, remedy: null });
    bases.push(report.phases[0]?.parts.find(({ name }) => name === "base weights")?.bytes ?? NaN);
  }
  // Two layers of projections: q, k, v, o and three of the feed-forward.
  const projections = 2 * (2 * 1536 * 1536 + 2 * 1536 * 256 + 3 * 1536 * 8960);
  expect((bases[0] as number) - (bases[1] as number)).toBe(2 * projections);
  expect(await estimate("--memory", "1TiB", ...adapter, "--set", "lora.baseBits=16")).toMatchObject({ device: "webgpu", fits: true });
  const cpu = await raif("estimate", "--model", config, "--device", "cpu", ...adapter, "--set", "lora.baseBits=16");
  expect([cpu.code, cpu.err]).toEqual([1, expect.stringContaining("float16")]);
});

test("wrong wishes", async () => {
  expect((await raif("estimate", "--model", path.join(folder, "none.json"))).err).toContain("cannot read the configuration");
  expect((await raif("estimate", "--model", config, "--memory", "lots")).code).toBe(2);
  expect((await raif("estimate", "--model", config, "--set", "lora.baseBits=4")).err).toContain("lora.enabled");
});
