// `raif demo`: the main job from start to end on the shipped model and data.

import { join } from "node:path";
import type { Command } from "commander";
import type { DeviceRequest } from "../../../shared/domain/device.ts";
import type { DemoProgress, DemoReport } from "../../services/demo.ts";
import { deviceOption, seed } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface DemoOptions {
  readonly quick?: boolean;
  readonly workspace?: string;
  readonly seed: number;
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

export function addDemo(program: Command, shell: Shell): void {
  program
    .command("demo")
    .description("Train the shipped model with RAIF on the shipped data and show what it learned.")
    .option("--quick", "fewer steps and a fixed subset of the held-out sets, at most 90 seconds instead of ten minutes")
    .option("--workspace <file>", "workspace file (default: workspaces/demo.sqlite, or demo-quick.sqlite)")
    .option("--seed <n>", "seed of everything random", seed, 1)
    .addOption(deviceOption())
    .option("--json", 'print JSON objects: {"type": "phase" | "result", ...}')
    .action(async (options: DemoOptions) => {
      const [{ runDemo }, { formatDemoReport }] = await Promise.all([import("../../services/demo.ts"), import("../demo-report.ts")]);
      const terminal = openTerminal(shell, options.json ?? false);
      const quick = options.quick ?? false;
      const workspace = options.workspace ?? join("workspaces", quick ? "demo-quick.sqlite" : "demo.sqlite");
      terminal.note(`workspace ${workspace}${quick ? "; quick: fewer steps, a fixed subset of the held-out sets" : ""}`);
      const view = progressView(terminal);
      try {
        const report = await runDemo(
          { workspace, seed: options.seed, quick, device: options.device },
          {
            signal: shell.signal,
            onProgress: view.show,
            onPhase: (phase) => {
              view.stop();
              terminal.emit({ type: "phase", ...phase });
            },
          },
        );
        view.stop();
        terminal.emit({ type: "result", ...withoutItems(report) });
        terminal.print(formatDemoReport(report));
      } finally {
        view.stop();
      }
    });
}

/** One bar a task, each replaced by the next. */
function progressView(terminal: Terminal): { readonly show: (progress: DemoProgress) => void; readonly stop: () => void } {
  let current: { readonly label: string; readonly progress: Progress; readonly startMs: number } | undefined;
  const stop = (): void => {
    current?.progress.stop();
    current = undefined;
  };
  return {
    stop,
    show: ({ label, done, total, step }) => {
      if (current?.label !== label) {
        stop();
        current = { label, progress: terminal.progress(label, total), startMs: performance.now() };
      }
      const seconds = (performance.now() - current.startMs) / 1000;
      const rate = done > 0 ? `${(done / seconds).toFixed(0)} records/s` : undefined;
      current.progress.update(done, step === undefined ? (label === "train" ? undefined : rate) : stepNote(step));
    },
  };
}

/** Rate and what is being learned. */
function stepNote({ metrics, timingsMs }: NonNullable<DemoProgress["step"]>): string {
  const seconds = Object.values(timingsMs).reduce((sum, ms) => sum + ms, 0) / 1000;
  const named = { reward: "reward", keep_ratio: "kept", "accuracy/think": "right", "accuracy/empty": "right unthought" };
  const shown = Object.entries(named).filter(([name]) => metrics[name] !== undefined);
  return [`${seconds.toFixed(1)} s/step`, ...shown.map(([name, word]) => `${word} ${(metrics[name] as number).toFixed(2)}`)].join("  ");
}

function withoutItems(report: DemoReport): Record<string, unknown> {
  const rows = report.rows.map(({ model, method, results }) => ({
    model,
    method,
    results: Object.fromEntries(Object.entries(results).map(([set, { items: _items, ...result }]) => [set, result])),
  }));
  const examples = report.examples.map(({ record, composition, before, after }) => ({
    recordId: record.id,
    composition,
    prompt: record.messages,
    before: before.text,
    after: after.text,
  }));
  return { ...report, rows, examples };
}
