import { expect, test } from "vitest";
import { pressName } from "./keys.ts";

const press = (key: string, modifiers: Partial<KeyboardEvent> = {}): string =>
  pressName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers } as KeyboardEvent);

test.each([
  ["j", {}, "j"],
  // Caps lock is no modifier.
  ["J", {}, "j"],
  ["K", { shiftKey: true }, "Shift+K"],
  ["k", { ctrlKey: true }, "Ctrl+K"],
  ["k", { metaKey: true }, "Ctrl+K"],
  ["K", { ctrlKey: true, shiftKey: true }, "Ctrl+Shift+K"],
  ["Enter", { ctrlKey: true }, "Ctrl+Enter"],
  ["?", { shiftKey: true }, "?"],
  [",", {}, ","],
  [" ", {}, "Space"],
  ["ArrowDown", { shiftKey: true }, "Shift+ArrowDown"],
  ["ArrowLeft", { altKey: true }, "Alt+ArrowLeft"],
] as const)("%s with %j is written %s", (key, modifiers, written) => {
  expect(press(key, modifiers)).toBe(written);
});
