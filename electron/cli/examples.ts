// Examples behind a command's options in its help.

/** Command lines without "raif". */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  raif ${line}`).join("\n")}`;
}
