// Which rows of a table are chosen: one by one, from one row to another, or all. A range that is still being made shrinks again with the
// row that it goes to; what was chosen before it stays.

/** Rows of a view from one place to another, in either direction. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
  /** A new range; otherwise the last one, to another row. */
  readonly begins: boolean;
}

/** Where the choice is kept; a page gives one that it draws from. */
export interface ChosenIds {
  ids: ReadonlySet<number>;
}

export class RowChoice {
  readonly #chosen: ChosenIds;
  /** What was chosen before the range. */
  #before: ReadonlySet<number> = new Set();
  /** Ids of a range may arrive late. */
  #turn = 0;

  constructor(chosen: ChosenIds) {
    this.#chosen = chosen;
  }

  get size(): number {
    return this.#chosen.ids.size;
  }
  get ids(): readonly number[] {
    return [...this.#chosen.ids];
  }

  readonly has = (id: number): boolean => this.#chosen.ids.has(id);

  readonly clear = (): void => this.#put(new Set());

  readonly toggle = (id: number): void => {
    const next = new Set(this.#chosen.ids);
    if (!next.delete(id)) next.add(id);
    this.#put(next);
  };

  readonly all = (ids: readonly number[]): void => this.#put(new Set(ids));

  /** `idsOf` gives the ids of the rows between two places, both included, in order; at once where it can. Throws what it throws. */
  readonly extend = async (
    { from, to, begins }: RowRange,
    idsOf: (first: number, last: number) => readonly number[] | Promise<readonly number[]>,
  ): Promise<void> => {
    if (begins) this.#before = this.#chosen.ids;
    const turn = (this.#turn += 1);
    const found = idsOf(Math.min(from, to), Math.max(from, to));
    const ids = found instanceof Promise ? await found : found;
    if (turn === this.#turn) this.#chosen.ids = new Set([...this.#before, ...ids]);
  };

  #put(ids: ReadonlySet<number>): void {
    this.#turn += 1;
    this.#chosen.ids = ids;
    this.#before = ids;
  }
}
