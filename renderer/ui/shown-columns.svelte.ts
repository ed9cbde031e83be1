// Which columns of a table are shown: what a person chose, kept in this browser. Columns without which a row says nothing always are.

import type { ColumnPlan } from "./table-columns.ts";

export class ShownColumns<Sort extends string> {
  readonly #storageKey: string;
  readonly #plans: readonly ColumnPlan<Sort>[];
  readonly #always: readonly string[];
  #keys = $state.raw<readonly string[]>([]);

  constructor(storageKey: string, plans: readonly ColumnPlan<Sort>[], always: readonly string[]) {
    this.#storageKey = storageKey;
    this.#plans = plans;
    this.#always = always;
    const kept = localStorage.getItem(storageKey)?.split(",");
    this.#keys = kept ?? plans.filter(({ hidden }) => hidden !== true).map(({ key }) => key);
  }

  get columns(): readonly ColumnPlan<Sort>[] {
    return this.#plans.filter(({ key }) => this.#keys.includes(key) || this.#always.includes(key));
  }
  /** What can be shown or hidden. */
  get choices(): readonly ColumnPlan<Sort>[] {
    return this.#plans.filter(({ key }) => !this.#always.includes(key));
  }

  readonly isShown = (key: string): boolean => this.#keys.includes(key);

  readonly show = (key: string, on: boolean): void => {
    this.#keys = this.#plans.map((plan) => plan.key).filter((one) => (one === key ? on : this.#keys.includes(one)));
    localStorage.setItem(this.#storageKey, this.#keys.join(","));
  };
}
