// How shortcuts are written ("j", "Shift+K", "Ctrl+K", "g r" as a sequence) and matched against key presses. Ctrl means Command on a
// Mac. Letters that a field needs are left to the field.

/** What a press is called in a shortcut: modifiers that matter, then the key. A letter is a capital beside Ctrl, as people write it. */
export function pressName(event: KeyboardEvent): string {
  const control = event.ctrlKey || event.metaKey;
  const key =
    event.key === " "
      ? "Space"
      : event.key.length > 1
        ? event.key
        : control
          ? event.key.toUpperCase()
          : event.shiftKey
            ? event.key
            : event.key.toLowerCase();
  const shifted = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  return [control ? "Ctrl" : "", event.altKey ? "Alt" : "", shifted ? "Shift" : "", key].filter(Boolean).join("+");
}

/** Whether the focused element takes plain letters for itself. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range", "submit"].includes(target.type);
}

/** What a field does itself with a press that is no letter: its own undo, its clipboard, all of its text. */
const PRESSES_OF_FIELDS = new Set(["Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y"]);
const ARROWS = new Set(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"]);

/** Whether a press is meant for the focused element and for nothing else: a field leaves Escape and other presses with Ctrl, a button the rest. */
export function isForElement(target: EventTarget | null, press: string): boolean {
  if (takesText(target)) return press !== "Escape" && (!press.startsWith("Ctrl+") || PRESSES_OF_FIELDS.has(press));
  if (!(target instanceof HTMLElement)) return false;
  if (press === "Enter" || press === "Space") return target.matches("button, a[href], summary, input, [role=tab]");
  return ARROWS.has(press) && target.matches("input[type=radio], input[type=range]");
}

/** A dialog on top keeps the keys of the page below from working. */
export function dialogIsOpen(): boolean {
  return document.querySelector("dialog[open]:modal") !== null;
}
