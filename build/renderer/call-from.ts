// A call as a page of the workbench itself makes it, for scripts and tests that have the page open.

import type { Page } from "playwright";
import type { CallName, InputOf, OutputOf } from "../../shared/contract/contract.ts";
import { unwrap, type Result } from "../../shared/result.ts";

/** With the page's cookie. Throws what the host answered with. */
export async function callFrom<Name extends CallName>(page: Page, name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  const result = await page.evaluate(
    async ([call, body]) => {
      const response = await fetch(`/call/${call}`, { method: "POST", headers: { "content-type": "application/json" }, body });
      return await response.json();
    },
    [name, JSON.stringify(input)] as const,
  );
  return unwrap(result as Result<OutputOf<Name>>);
}
