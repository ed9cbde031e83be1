// Where in a dataset's table somebody was who opened an instruction, so that the way back leads there.

let last: { readonly view: string; readonly index: number } | undefined;

/** `view` is the page's question: the dataset with its filter and order. */
export function rememberPlace(view: string, index: number): void {
  last = { view, index };
}

/** Once; undefined where somebody was in another view. */
export function takePlace(view: string): number | undefined {
  const index = last?.view === view ? last.index : undefined;
  last = undefined;
  return index;
}
