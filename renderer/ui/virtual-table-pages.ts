// Rows of a long table fetched in pages as they come into view: keeps what was read, asks for each page once, forgets the pages
// longest out of use, and drops answers to questions that are no longer asked. Knows nothing of what a row is.

export const PAGE_ROWS = 100;
const KEPT_PAGES = 40;

export type FetchRows<Row> = (offset: number, limit: number) => Promise<readonly Row[]>;

export class RowPages<Row> {
  readonly #fetch: FetchRows<Row>;
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;
  /** In order of last use. */
  readonly #pages = new Map<number, readonly Row[]>();
  readonly #pending = new Set<number>();
  /** There, but perhaps no longer what the host has. */
  readonly #stale = new Set<number>();
  #generation = 0;

  /** `onChange` is called after rows arrive, `onError` when a page could not be read; it is asked for again when next in view. */
  constructor(fetch: FetchRows<Row>, onChange: () => void, onError: (error: unknown) => void) {
    this.#fetch = fetch;
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /** The row, or undefined while its page is on the way. */
  at(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  /** Asks for the pages of [start, end) that are not there or may have changed. */
  need(start: number, end: number): void {
    if (end <= start) return;
    for (let page = Math.floor(start / PAGE_ROWS); page <= Math.floor((end - 1) / PAGE_ROWS); page++) {
      const rows = this.#pages.get(page);
      if (rows !== undefined) {
        this.#pages.delete(page);
        this.#pages.set(page, rows);
      }
      if ((rows === undefined || this.#stale.has(page)) && !this.#pending.has(page)) void this.#load(page);
    }
  }

  /** What is there stays until it has been read again, when next in view; answers still on the way are ignored. */
  readAgain(): void {
    this.#generation++;
    this.#pending.clear();
    for (const page of this.#pages.keys()) this.#stale.add(page);
  }

  /** Puts rows there that were read with another question, such as the first page together with the total. */
  put(page: number, rows: readonly Row[]): void {
    this.#pages.set(page, rows);
    this.#stale.delete(page);
  }

  async #load(page: number): Promise<void> {
    const generation = this.#generation;
    this.#pending.add(page);
    try {
      const rows = await this.#fetch(page * PAGE_ROWS, PAGE_ROWS);
      if (generation !== this.#generation) return;
      this.put(page, rows);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= KEPT_PAGES) break;
        this.#pages.delete(oldest);
        this.#stale.delete(oldest);
      }
      this.#pending.delete(page);
      this.#onChange();
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#pending.delete(page);
      this.#onError(error);
    }
  }
}
