// Light, dark and contrast: the system's, or the person's own choice. Writes data-theme and data-contrast on <html>, from which the
// design tokens follow. The choice is remembered here for a start without flicker and in the workspace's settings.

export type ThemeChoice = "system" | "light" | "dark";
export type ContrastChoice = "system" | "normal" | "more";

const STORAGE_KEY = "raif.theme";

class Theme {
  #theme = $state<ThemeChoice>("system");
  #contrast = $state<ContrastChoice>("system");
  /** Counts changes of how things look, for what draws itself on a canvas. */
  #revision = $state(0);
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #more = matchMedia("(prefers-contrast: more)");

  constructor() {
    const [theme, contrast] = (localStorage.getItem(STORAGE_KEY) ?? "").split(" ");
    if (theme === "light" || theme === "dark") this.#theme = theme;
    if (contrast === "normal" || contrast === "more") this.#contrast = contrast;
    this.#dark.addEventListener("change", () => this.#apply());
    this.#more.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  get theme(): ThemeChoice {
    return this.#theme;
  }

  get contrast(): ContrastChoice {
    return this.#contrast;
  }

  get revision(): number {
    return this.#revision;
  }

  set(theme: ThemeChoice, contrast: ContrastChoice): void {
    if (theme === this.#theme && contrast === this.#contrast) return;
    this.#theme = theme;
    this.#contrast = contrast;
    localStorage.setItem(STORAGE_KEY, `${theme} ${contrast}`);
    this.#apply();
  }

  #apply(): void {
    const { dataset } = document.documentElement;
    dataset["theme"] = this.#theme === "system" ? (this.#dark.matches ? "dark" : "light") : this.#theme;
    dataset["contrast"] = this.#contrast === "system" ? (this.#more.matches ? "more" : "normal") : this.#contrast;
    this.#revision += 1;
  }
}

export const theme = new Theme();
