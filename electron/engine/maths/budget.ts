// What one comparison of answers may cost, parts of lists included: looks at pairs of parts, which are counted, and processor time in algebra.

const LIMIT_MS = 2_000;
const MAX_LOOKS = 2_000;

export class Budget {
  readonly #limitMs: number;
  #looks = 0;
  #spentMs = 0;

  constructor(limitMs = LIMIT_MS) {
    this.#limitMs = limitMs;
  }

  /** Counts a look at two parts; false where no more are allowed. */
  look(): boolean {
    this.#looks += 1;
    return this.#looks <= MAX_LOOKS;
  }

  spend(ms: number): void {
    this.#spentMs += ms;
  }

  /** Zero where nothing is left. */
  get remainingMs(): number {
    return Math.max(0, this.#limitMs - this.#spentMs);
  }

  /** Nothing spent yet. */
  get whole(): boolean {
    return this.#spentMs === 0;
  }
}
