// Whether something lies within the window, for what is dear to draw and changes while nobody sees it.

import type { Attachment } from "svelte/attachments";

/** Says so once at first, and again whenever it changes; a little beyond the window's edge counts as within. */
export function inSight(onChange: (isInSight: boolean) => void): Attachment {
  return (element) => {
    const observer = new IntersectionObserver((entries) => onChange(entries.at(-1)?.isIntersecting ?? true), { rootMargin: "100px" });
    observer.observe(element);
    return () => observer.disconnect();
  };
}
