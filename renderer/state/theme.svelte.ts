// Light, dark and contrast: the system's, or the person's own choice. Writes data-theme and data-contrast on <html>, from which the
// design tokens follow. The choice is remembered here for a start without flicker and in the workspace's settings.

import type { Preferences } from "../../shared/contract/settings.ts";
import { call } from "../lib/client.ts";
import { attempt } from "./toasts.svelte.ts";

export type ThemeChoice = Preferences["theme"];

const STORAGE_KEY = "raif.theme";
const CHOICES: readonly string[] = ["system", "light", "dark", "contrast"] satisfies ThemeChoice[];

class Theme {
  #choice = $state<ThemeChoice>("system");
  /** Counts changes of how things look, for what draws itself on a canvas. */
  #revision = $state(0);
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #more = matchMedia("(prefers-contrast: more)");

  constructor() {
    const remembered = localStorage.getItem(STORAGE_KEY) ?? "";
    if (CHOICES.includes(remembered)) this.#choice = remembered as ThemeChoice;
    this.#dark.addEventListener("change", () => this.#apply());
    this.#more.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Takes over what the workspace remembers. */
  follow(choice: ThemeChoice): void {
    if (choice === this.#choice) return;
    this.#choice = choice;
    localStorage.setItem(STORAGE_KEY, choice);
    this.#apply();
  }

  /** A person's own choice, remembered in the workspace. */
  choose(choice: ThemeChoice): void {
    this.follow(choice);
    void attempt(() => call("settings.set", { theme: choice }));
  }

  #apply(): void {
    const { dataset } = document.documentElement;
    const dark = this.#choice === "dark" || (this.#choice !== "light" && this.#dark.matches);
    dataset["theme"] = dark ? "dark" : "light";
    dataset["contrast"] = this.#choice === "contrast" || (this.#choice === "system" && this.#more.matches) ? "more" : "normal";
    this.#revision += 1;
  }
}

export const theme = new Theme();
