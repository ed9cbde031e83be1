// `raif download`: a model folder from a Hugging Face hub.

import path from "node:path";
import type { Command } from "commander";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface DownloadOptions {
  readonly to?: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly json?: boolean;
}

const REPOSITORY = /^\w[\w.-]*\/\w[\w.-]*$/;

export function addDownload(program: Command, shell: Shell): void {
  program
    .command("download")
    .description("Fetch a model from a Hugging Face hub: configuration, tokenizer and safetensors weights. After a break it goes on.")
    .argument("<repository>", "owner/name")
    .option("--to <folder>", "folder to make; must not exist (default: models/owner--name)")
    .option("--revision <name>", "branch, tag or commit", "main")
    .option(
      "--endpoint <address>",
      "hub or mirror (or HF_ENDPOINT in the environment)",
      process.env["HF_ENDPOINT"] ?? "https://huggingface.co",
    )
    .option("--json", 'print JSON objects: {"fraction", "file"} while it lasts, then {"folder"}')
    .addHelpText("after", "\nHF_TOKEN in the environment opens models that are not for everybody.")
    .action(async (repository: string, { to, revision, endpoint, json }: DownloadOptions) => {
      if (!REPOSITORY.test(repository)) {
        throw new WorkbenchError("invalid-argument", "the model's name is not understood", { expected: "owner/name", got: repository });
      }
      if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
        throw new WorkbenchError("invalid-argument", "the hub's address is not understood", { expected: "https://...", got: endpoint });
      }
      const { downloadModel } = await import("../../services/download-model.ts");
      const terminal = openTerminal(shell, json ?? false);
      const folder = path.resolve(to ?? path.join("models", repository.replace("/", "--")));
      const bar = terminal.progress("fetched %", 100);
      let told = -1;
      try {
        await downloadModel(
          { endpoint, repository, revision, folder },
          {
            accessToken: process.env["HF_TOKEN"],
            signal: shell.signal,
            onProgress: ({ fraction, file }) => {
              const percent = Math.floor(fraction * 100);
              if (percent === told) return;
              told = percent;
              terminal.emit({ fraction, file });
              bar.update(percent, file);
            },
          },
        );
      } finally {
        bar.stop();
      }
      terminal.emit({ folder });
      terminal.print(`fetched ${repository} into ${folder}`);
    });
}
