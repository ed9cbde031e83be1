// Dialogs and states of pages that an address cannot hold: on which page, and how a person gets there.

import type { Page } from "playwright";

export interface PageState {
  readonly name: string;
  /** Name of its page in page-addresses.ts. */
  readonly on: string;
  readonly open: (page: Page) => Promise<void>;
}

const key =
  (...keys: readonly string[]) =>
  async (page: Page): Promise<void> => {
    for (const each of keys) await page.keyboard.press(each);
  };
const button =
  (name: string) =>
  async (page: Page): Promise<void> =>
    page.getByRole("button", { name, exact: true }).first().click();

export const PAGE_STATES: readonly PageState[] = [
  { name: "palette", on: "start", open: key("Control+k") },
  { name: "keys", on: "start", open: key("?") },
  { name: "run-fork", on: "run", open: key("f") },
  { name: "models-download", on: "models", open: button("Download") },
  { name: "models-quantise", on: "models", open: button("Quantise") },
  { name: "data-new", on: "data", open: key("c") },
  { name: "dataset-keys", on: "dataset", open: key("?") },
  { name: "dataset-columns", on: "dataset", open: button("Columns") },
  { name: "dataset-go-to", on: "dataset", open: key("Control+g") },
  { name: "dataset-cell", on: "dataset", open: key("j", "x", "F2") },
  { name: "dataset-bulk", on: "dataset", open: key("t") },
  { name: "dataset-export", on: "dataset", open: button("Export") },
  { name: "record-rules", on: "record-nested", open: key("a") },
  { name: "record-text", on: "record-nested", open: button("As text") },
  {
    name: "import-mapping",
    on: "import",
    open: async (page) => {
      await page.getByLabel("Read as").selectOption({ label: "my own mapping" });
    },
  },
  {
    name: "synthesis-endpoint",
    on: "synthesis",
    open: async (page) => {
      await page.getByLabel("Written by").selectOption({ label: "a model behind an endpoint" });
      await page.getByText("What the model is asked").click();
    },
  },
  { name: "quality-choices", on: "quality", open: async (page) => page.getByText("What is looked for").click() },
];
