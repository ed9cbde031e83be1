// What a person can do right now, from anywhere: the frame and each page register commands while they are shown. The palette lists
// them, "?" explains their keys, and one listener turns key presses into them.

import { SvelteSet } from "svelte/reactivity";
import { dialogIsOpen, isForElement, pressName } from "../lib/keys.ts";

export interface Command {
  readonly id: string;
  readonly title: string;
  /** Heading in palette and help: "Go to", "This run". */
  readonly group: string;
  /** A press ("j", "Ctrl+K") or a sequence ("g r"); several ways are several entries. */
  readonly keys?: readonly string[];
  /** Only a key, not an entry of the palette: moving by a row. */
  readonly keyOnly?: boolean;
  readonly run: () => void;
}

const SEQUENCE_MS = 1200;

class Commands {
  readonly #sources = new SvelteSet<() => readonly Command[]>();
  #pending = "";
  #pendingSince = 0;

  /** Later ones first: a page's command wins over the frame's with the same key. */
  get all(): readonly Command[] {
    return [...this.#sources].reverse().flatMap((source) => source());
  }

  add(source: () => readonly Command[]): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** For the window's keydown. */
  readonly handleKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    const press = pressName(event);
    if (dialogIsOpen() || isForElement(event.target, press)) return;
    const pending = event.timeStamp - this.#pendingSince < SEQUENCE_MS ? this.#pending : "";
    const attempt = pending === "" ? press : `${pending} ${press}`;
    const command = this.#find(attempt) ?? this.#find(press);
    this.#pending = "";
    if (command !== undefined) {
      event.preventDefault();
      command.run();
    } else if (this.all.some(({ keys }) => keys?.some((key) => key.startsWith(`${press} `)))) {
      this.#pending = press;
      this.#pendingSince = event.timeStamp;
    }
  };

  #find(keys: string): Command | undefined {
    return this.all.find((command) => command.keys?.includes(keys));
  }
}

export const commands = new Commands();

/** Registers commands for as long as the component is shown; `list` may read reactive state. */
export function useCommands(list: () => readonly Command[]): void {
  $effect(() => commands.add(list));
}
