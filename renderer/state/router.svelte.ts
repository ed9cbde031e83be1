// Which view is shown. The address is the truth: what a person would want to link to stands in it, and "back" goes back.

import { linkTo, parseHash, queryText, type QueryChanges, type QueryParameters, type Route, type RouteName } from "../lib/routes.ts";

class Router {
  #route = $state.raw<Route | undefined>(parseHash(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => this.#read());
    window.addEventListener("popstate", () => this.#read());
  }

  /** undefined where the address names no view. */
  get route(): Route | undefined {
    return this.#route;
  }

  get name(): RouteName | undefined {
    return this.#route?.name;
  }

  get query(): QueryParameters {
    return this.#route?.query ?? {};
  }

  /** Part of the address that varies, "" where the view has none of that name. */
  parameter(name: string): string {
    return this.#route?.parameters[name] ?? "";
  }

  /** Parameter as a whole number, NaN where it is none. */
  numericParameter(name: string): number {
    const text = this.parameter(name);
    return /^\d+$/.test(text) ? Number(text) : NaN;
  }

  readonly go = (...link: Parameters<typeof linkTo>): void => {
    location.hash = linkTo(...link);
  };

  /** Goes to a link made by linkTo. */
  readonly open = (link: string): void => {
    location.hash = link;
  };

  /** Changes the query of the view that is shown; typing in a filter is no step back, so the address is replaced by default. */
  readonly setQuery = (changes: QueryChanges, history: "replace" | "push" = "replace"): void => {
    const path = location.hash.split("?")[0] ?? "";
    const hash = `${path === "" ? "#/" : path}${queryText({ ...this.query, ...changes })}`;
    if (history === "push") window.history.pushState(null, "", hash);
    else window.history.replaceState(null, "", hash);
    this.#read();
  };

  #read(): void {
    this.#route = parseHash(location.hash);
  }
}

export const router = new Router();
