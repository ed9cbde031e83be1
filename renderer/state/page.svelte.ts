// Title and way back of the page that is shown, as the frame's header and the window's title say them.

export interface Crumb {
  readonly label: string;
  /** From linkTo. */
  readonly href: string;
}

interface PageHead {
  readonly title: string;
  /** Pages above this one, outermost first. */
  readonly crumbs?: readonly Crumb[];
}

class Page {
  #head = $state.raw<PageHead>({ title: "" });

  get title(): string {
    return this.#head.title;
  }

  get crumbs(): readonly Crumb[] {
    return this.#head.crumbs ?? [];
  }

  set(head: PageHead): void {
    this.#head = head;
    document.title = head.title === "" ? "RAIF Workbench" : `${head.title} - RAIF Workbench`;
  }
}

export const page = new Page();

/** Every page says its title once while it starts up; `head` may read reactive state. */
export function usePage(head: () => PageHead): void {
  $effect.pre(() => page.set(head()));
}
