import { expect, test } from "vitest";
import { linkTo, parseHash } from "./routes.ts";

test("an address reads back as the view it was written for", () => {
  const address = linkTo("run", { runId: 12 }, { compare: "3,4", log: true, smooth: 0, none: undefined, empty: "", off: false });
  expect(address).toBe("#/runs/12?compare=3,4&log=1&smooth=0");
  expect(parseHash(address)).toEqual({ name: "run", parameters: { runId: "12" }, query: { compare: "3,4", log: "1", smooth: "0" } });
});

test("odd characters survive", () => {
  const address = linkTo("traces", {}, { search: "a/b? c&d=é#%" });
  expect(parseHash(address)?.query["search"]).toBe("a/b? c&d=é#%");
  expect(parseHash(linkTo("help", { page: "a/b" }))?.parameters["page"]).toBe("a/b");
  expect(parseHash("#/help/%E0%A4%A")?.parameters["page"]).toBe("%E0%A4%A");
});

test("an empty address is the start; an unknown one is no view", () => {
  expect(parseHash("")?.name).toBe("start");
  expect(parseHash("#/")?.name).toBe("start");
  expect(parseHash("#/nowhere")).toBeUndefined();
  expect(parseHash("#/runs/1/2")).toBeUndefined();
});
