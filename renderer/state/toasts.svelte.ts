// Short messages at the edge of the window, with at most one action: mostly "Undo".

import { failureOf } from "../../shared/result.ts";

export interface Toast {
  readonly id: number;
  readonly message: string;
  readonly tone: "plain" | "fail";
  readonly action?: { readonly label: string; readonly run: () => void | Promise<void> } | undefined;
}

const SHOWN_MS = 6000;
/** What can be undone, and what went wrong, stays longer. */
const SHOWN_LONG_MS = 15_000;

class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #nextId = 1;

  get list(): readonly Toast[] {
    return this.#list;
  }

  show(message: string, { tone = "plain", action }: Partial<Pick<Toast, "tone" | "action">> = {}): void {
    const toast: Toast = { id: this.#nextId++, message, tone, action };
    this.#list = [...this.#list.slice(-3), toast];
    setTimeout(() => this.dismiss(toast.id), action === undefined && tone === "plain" ? SHOWN_MS : SHOWN_LONG_MS);
  }

  /** What a call was refused with. */
  readonly fail = (error: unknown): void => this.show(failureOf(error).message, { tone: "fail" });

  readonly dismiss = (id: number): void => {
    this.#list = this.#list.filter((toast) => toast.id !== id);
  };
}

export const toasts = new Toasts();

/** Runs a call whose failure is worth a message and nothing more. */
export async function attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    toasts.fail(error);
    return undefined;
  }
}
