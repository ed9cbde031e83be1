// Which constraints of a trace the reader looks at: the one under the pointer or the focus, else the one that was chosen. Tree and
// answer both tell it and both follow it.

export class ConstraintFocus {
  #pointed = $state.raw<readonly string[]>([]);
  #chosen = $state<string>();

  /** Paths to be shown, as in the verdicts. */
  get active(): readonly string[] {
    if (this.#pointed.length > 0) return this.#pointed;
    return this.#chosen === undefined ? [] : [this.#chosen];
  }

  get chosen(): string | undefined {
    return this.#chosen;
  }

  isActive(path: string): boolean {
    return this.active.includes(path);
  }

  /** While pointer or focus is there; nothing ends it. */
  readonly point = (paths: readonly string[] = []): void => {
    this.#pointed = paths;
  };

  /** Stays until chosen again or another one is. */
  readonly choose = (path: string): void => {
    this.#chosen = path === this.#chosen ? undefined : path;
  };

  readonly clear = (): void => {
    this.#pointed = [];
    this.#chosen = undefined;
  };
}
