// A short description on hover and focus: `{@attach tooltip("text")}`. One element for the whole window, above dialogs too. It
// describes; the name of a control never stands only here.

import type { Attachment } from "svelte/attachments";

const DELAY_MS = 350;
const GAP = 6;
const ID = "tooltip";

let element: HTMLElement | undefined;

function floating(): HTMLElement {
  if (element === undefined) {
    element = document.createElement("div");
    element.id = ID;
    element.className = "tooltip";
    element.setAttribute("role", "tooltip");
    element.popover = "manual";
  }
  if (!element.isConnected) document.body.append(element);
  return element;
}

function place(box: HTMLElement, anchor: Element): void {
  const target = anchor.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const below = target.bottom + GAP + height <= innerHeight;
  box.style.left = `${Math.max(GAP, Math.min(target.left + target.width / 2 - width / 2, innerWidth - width - GAP))}px`;
  box.style.top = `${below ? target.bottom + GAP : Math.max(GAP, target.top - GAP - height)}px`;
}

/** No tooltip where the text is empty. */
export function tooltip(text: string | undefined): Attachment {
  return (anchor) => {
    if (text === undefined || text === "") return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = false;
    const show = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (!anchor.isConnected) return;
        const box = floating();
        box.textContent = text;
        box.showPopover();
        place(box, anchor);
        anchor.setAttribute("aria-describedby", ID);
        shown = true;
      }, DELAY_MS);
    };
    const hide = (): void => {
      clearTimeout(timer);
      if (!shown) return;
      shown = false;
      anchor.removeAttribute("aria-describedby");
      if (floating().matches(":popover-open")) floating().hidePopover();
    };
    const onKey = (event: Event): void => {
      if ((event as KeyboardEvent).key === "Escape") hide();
    };
    const listeners = { pointerenter: show, focusin: show, pointerleave: hide, focusout: hide, pointerdown: hide, keydown: onKey };
    for (const [type, listener] of Object.entries(listeners)) anchor.addEventListener(type, listener);
    return () => {
      hide();
      for (const [type, listener] of Object.entries(listeners)) anchor.removeEventListener(type, listener);
    };
  };
}
