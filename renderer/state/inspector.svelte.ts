// What the panel on the right shows: details of what is selected. Pages fill it; Esc empties it.

import type { Snippet } from "svelte";

interface Inspected {
  readonly title: string;
  readonly content: Snippet;
}

class Inspector {
  #shown = $state.raw<Inspected>();

  get shown(): Inspected | undefined {
    return this.#shown;
  }

  readonly show = (title: string, content: Snippet): void => {
    this.#shown = { title, content };
  };

  readonly close = (): void => {
    this.#shown = undefined;
  };
}

export const inspector = new Inspector();
