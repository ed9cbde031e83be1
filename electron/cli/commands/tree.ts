// `raif tree`: a composition tree from text to JSON or from JSON to text.

import { Option, type Command } from "commander";
import type { Shell } from "../shell.ts";

interface TreeOptions {
  readonly to?: "text" | "json";
}

export function addTree(program: Command, shell: Shell): void {
  program
    .command("tree")
    .description("Check a composition tree and print it in its other form: text as JSON, JSON as text.")
    .argument("<file>", "text of a tree, or JSON of a tree, a label or a record")
    .addOption(new Option("--to <form>", "which form to print (default: the other one)").choices(["text", "json"]))
    .action(async (file: string, options: TreeOptions) => {
      const { convertTreeFile } = await import("../../services/tree-text.ts");
      const { from, tree, text } = await convertTreeFile(file);
      const to = options.to ?? (from === "text" ? "json" : "text");
      shell.stdout.write(to === "text" ? text : `${JSON.stringify(tree)}\n`);
    });
}
