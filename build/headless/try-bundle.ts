// Tries an archive of the headless bundle as a user on a new machine does: unpacked into an empty folder, with neither PATH nor HOME,
// through its own `raif` alone. Owns the journey and what each part of it has to say; how the archive is made is headless-bundle.ts.

import { spawn, spawnSync } from "node:child_process";
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { extract } from "tar";

const SETTINGS = ["promptsPerStep=2", "numGenerations=2", "maxNewTokens=16", "superiorCot.thinkSamples=2", "superiorCot.emptySamples=1"];
const RECORD = { key: "one", instruction_id_list: ["punctuation:no_comma"], kwargs: [{}], response: "No comma here." };

export interface TriedPart {
  readonly name: string;
  /** One line: what it said. */
  readonly said: string;
}

/** `folder` is empty. Yields each part as it has passed. Throws with what the program printed where one fails. */
export async function* tryBundle(archive: string, folder: string): AsyncGenerator<TriedPart> {
  await pipeline(createReadStream(archive), createZstdDecompress(), extract({ cwd: folder }) as unknown as NodeJS.WritableStream);
  const bundle = new Bundle(folder);
  yield { name: "doctor", said: part(bundle.run("doctor"), /^.*CPU works.*$/m) };
  yield { name: "generate", said: bundle.generate() };
  yield { name: "train", said: await bundle.trainAndKill() };
  yield { name: "resume", said: part(bundle.run("resume", "--workspace", WORKSPACE), /^run \d+ is finished after 2 steps$/m) };
  yield { name: "evaluate", said: bundle.evaluate() };
  yield { name: "verify", said: bundle.verify() };
  yield { name: "serve", said: await bundle.serve() };
}

const WORKSPACE = "run.raif";

class Bundle {
  private readonly folder: string;
  private readonly program: string;

  constructor(folder: string) {
    this.folder = folder;
    this.program = path.join(folder, onlyFolder(folder), "raif");
  }

  /** What it printed. Throws where it fails. */
  run(...args: readonly string[]): string {
    const { status, signal, stdout, stderr } = spawnSync(this.program, args, { cwd: this.folder, env: {}, encoding: "utf8" });
    if (status === 0) return stdout;
    throw new Error(`raif ${args.join(" ")} ended with ${signal ?? status}:\n${stdout}${stderr}`);
  }

  /** One that goes on while this one watches; `noted` is what it has written on standard error. */
  private start(...args: readonly string[]) {
    const child = spawn(this.program, args, { cwd: this.folder, env: {}, stdio: ["ignore", "pipe", "pipe"] });
    let notes = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (notes += text));
    return { child, noted: () => notes };
  }

  generate(): string {
    const printed = this.run("generate", "--model", "nano", "--prompt", "Say cat.", "--max-new-tokens", "8", "--json");
    const { tokens } = JSON.parse(printed) as { readonly tokens: readonly number[] };
    if (tokens.length === 0) throw new Error(`raif generate gave no token:\n${printed}`);
    return `${tokens.length} tokens`;
  }

  /** A run of two steps, killed as soon as the first is stored. */
  async trainAndKill(): Promise<string> {
    const where = ["--model", "nano", "--data", "starter", "--workspace", WORKSPACE, "--steps", "2", "--json"];
    const settings = [...SETTINGS, "checkpointEverySteps=1"].flatMap((each) => ["--set", each]);
    const { child, noted } = this.start("train", ...where, ...settings);
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if ((JSON.parse(line) as { readonly type: string }).type === "step") child.kill("SIGKILL");
    }
    if (child.signalCode === null && child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
    if (child.signalCode === "SIGKILL") return "one step, then killed";
    throw new Error(`raif train ended with exit code ${child.exitCode} before it was killed:\n${lines.join("\n")}\n${noted()}`);
  }

  /** What that run has trained. */
  evaluate(): string {
    const where = ["--workspace", WORKSPACE, "--run", "1", "--data", "heldout", "--method", "cot", "--limit", "2"];
    const { summary } = JSON.parse(this.run("evaluate", ...where, "--max-new-tokens", "8", "--json")) as { readonly summary?: object };
    if (summary === undefined) throw new Error("raif evaluate gave no summary");
    return "2 responses of what was trained, judged";
  }

  verify(): string {
    writeFileSync(path.join(this.folder, "answers.jsonl"), `${JSON.stringify(RECORD)}\n`);
    this.run("verify", "--suite", "ifeval", "--in", "answers.jsonl", "--out", "verdicts.jsonl");
    const said = readFileSync(path.join(this.folder, "verdicts.jsonl"), "utf8").trim();
    if ((JSON.parse(said) as { readonly strict?: boolean }).strict !== true) throw new Error(`raif verify said ${said}`);
    return said;
  }

  /** The interface, and one call through it. */
  async serve(): Promise<string> {
    const { child, noted } = this.start("serve", "--workspace", WORKSPACE, "--no-example", "--json");
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      const ready = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
      if (ready.done === true) throw new Error(`raif serve did not come up:\n${noted()}`);
      const { url, origin } = JSON.parse(ready.value) as { readonly url: string; readonly origin: string };
      const entered = await fetch(url, { redirect: "manual" });
      const cookie = (entered.headers.get("set-cookie") ?? "").split(";", 1)[0] as string;
      const page = await (await fetch(origin, { headers: { cookie } })).text();
      if (!/<!doctype html>/i.test(page)) throw new Error(`raif serve gave no page:\n${page.slice(0, 500)}`);
      const headers = { cookie, origin, "content-type": "application/json" };
      const runs = await (await fetch(`${origin}/call/runs.list`, { method: "POST", headers, body: "{}" })).text();
      if (!runs.includes('"finished"')) throw new Error(`raif serve does not list the finished run:\n${runs.slice(0, 500)}`);
    } finally {
      child.kill("SIGINT");
    }
    const code = await ended;
    if (code !== 0 && code !== 130) throw new Error(`raif serve ended with exit code ${code}:\n${noted()}`);
    return "the page, and the run in it";
  }
}

/** The one folder that an archive holds. */
function onlyFolder(folder: string): string {
  const [name, ...others] = readdirSync(folder);
  if (name === undefined || others.length > 0 || !existsSync(path.join(folder, name, "raif"))) {
    throw new Error(`the archive should hold one folder with raif in it, not ${[name, ...others].join(", ")}`);
  }
  return name;
}

function part(printed: string, expected: RegExp): string {
  const found = expected.exec(printed)?.[0];
  if (found === undefined) throw new Error(`${expected} is not in what was printed:\n${printed}`);
  return found;
}
