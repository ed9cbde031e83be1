// What a command may touch of the outside: where it prints, whether somebody wants to stop it, and with which code it ends.
// Commands get a Terminal made from this; tests make one over strings.

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Shell {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborted when the user asks to stop. */
  readonly signal: AbortSignal;
  /** Set by a command that ran but found what it looked at wanting; 0 otherwise. */
  exitCode: number;
}

/** The real one: the first interrupt asks the command to stop in order, the second ends the process. */
export function processShell(): Shell {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write("\nstopping; press Ctrl-C again to end at once\n");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // A reader that has seen enough (`raif runs | head -1`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  exitWithLauncher();
  return { stdout: process.stdout, stderr: process.stderr, signal: controller.signal, exitCode: 0 };
}

/** Started by the launcher of an older Node, this process must not outlive it, or a killed run would go on unseen. */
function exitWithLauncher(): void {
  // Undefined in a process that was started without a channel; false once the other end is gone.
  const connected = process.connected as boolean | undefined;
  if (connected === undefined) return;
  if (!connected) process.exit(1);
  process.once("disconnect", () => process.exit(1));
  process.channel?.unref();
}
