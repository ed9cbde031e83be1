import { describe, expect, it, vi } from "vitest";
import { PAGE_ROWS, RowPages } from "./virtual-table-pages.ts";

const numbers = (offset: number, limit: number): number[] => Array.from({ length: limit }, (_, index) => offset + index);

function setUp(answer: (offset: number, limit: number) => Promise<readonly number[]> = async (offset, limit) => numbers(offset, limit)) {
  const fetch = vi.fn(answer);
  const changed = vi.fn();
  const failed = vi.fn();
  return { fetch, changed, failed, pages: new RowPages(fetch, changed, failed) };
}

describe("rows in pages", () => {
  it("asks once for each page in view", async () => {
    const { fetch, changed, pages } = setUp();
    pages.need(PAGE_ROWS - 5, PAGE_ROWS + 20);
    pages.need(PAGE_ROWS - 5, PAGE_ROWS + 20);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
    expect(fetch.mock.calls).toEqual([
      [0, PAGE_ROWS],
      [PAGE_ROWS, PAGE_ROWS],
    ]);
    expect(pages.at(PAGE_ROWS + 3)).toBe(PAGE_ROWS + 3);
    expect(pages.at(5 * PAGE_ROWS)).toBeUndefined();
  });

  it("ignores answers from before it was told to read again", async () => {
    const { promise, resolve } = Promise.withResolvers<readonly number[]>();
    const { changed, pages } = setUp(() => promise);
    pages.need(0, 10);
    pages.readAgain();
    resolve(numbers(0, PAGE_ROWS));
    await promise;
    await Promise.resolve();
    expect(changed).not.toHaveBeenCalled();
    expect(pages.at(0)).toBeUndefined();
  });

  it("shows what it has until that has been read again", async () => {
    let add = 0;
    const { fetch, changed, pages } = setUp(async (offset, limit) => numbers(offset + add, limit));
    pages.need(0, 10);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce());
    add = 1000;
    pages.readAgain();
    expect(pages.at(3)).toBe(3);
    pages.need(0, 10);
    expect(pages.at(3)).toBe(3);
    await vi.waitFor(() => expect(pages.at(3)).toBe(1003));
    pages.need(0, 10);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it("says what failed and asks again", async () => {
    let broken = true;
    const { fetch, changed, failed, pages } = setUp(async (offset, limit) => {
      if (broken) throw new Error("locked");
      return numbers(offset, limit);
    });
    pages.need(0, 10);
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
    broken = false;
    pages.need(0, 10);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce());
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it("forgets the pages longest out of use", async () => {
    const { changed, pages } = setUp();
    pages.need(0, 1);
    for (let page = 1; page <= 40; page++) {
      pages.need(0, 1);
      pages.need(page * PAGE_ROWS, page * PAGE_ROWS + 1);
      await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(page + 1));
    }
    expect(pages.at(0)).toBe(0);
    expect(pages.at(PAGE_ROWS)).toBeUndefined();
  });
});
