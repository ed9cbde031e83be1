// The two kinds of reasoning as the corpus writes them are told apart without an error.

import { expect, test } from "vitest";
import { parseResponse } from "../../electron/engine/rewards/format.ts";
import { HABITS_MIXTURE, PREFILLS, sampleAt } from "./corpus.ts";
import { reasonsDeeply } from "./reasoning-style.ts";

test("deep and shallow reasoning of the corpus are told apart", () => {
  let [deep, shallow] = [0, 0];
  for (let index = 0; index < 4000; index++) {
    const { style, prefill, response } = sampleAt(5, index, { ...HABITS_MIXTURE, thinking: 1, deep: 0.5 });
    if (style !== "deep" && style !== "shallow") continue;
    const { think } = parseResponse(PREFILLS[prefill] + response, "strict");
    expect(reasonsDeeply(think), think).toBe(style === "deep");
    if (style === "deep") deep++;
    else shallow++;
  }
  expect(Math.min(deep, shallow)).toBeGreaterThan(1000);
});
