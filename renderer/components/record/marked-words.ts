// The words of an instruction that are marked on the page right now: in the field where they are written, or in the text that is only
// shown.

export interface MarkedWords {
  readonly words: string;
  /** Where they begin in the text. */
  readonly start: number;
}

/** Undefined where nothing of `text` is marked inside `container`. Space around the words is no part of them. */
export function markedWords(container: HTMLElement, text: string): MarkedWords | undefined {
  const range = rangeInField(container) ?? rangeInText(container);
  if (range === undefined) return undefined;
  const marked = text.slice(range.start, range.end);
  const words = marked.trim();
  return words === "" ? undefined : { words, start: range.start + marked.length - marked.trimStart().length };
}

interface TextRange {
  readonly start: number;
  readonly end: number;
}

function rangeInField(container: HTMLElement): TextRange | undefined {
  const field = container.querySelector("textarea");
  return field === null ? undefined : { start: field.selectionStart, end: field.selectionEnd };
}

/** The shown text may lie in several elements: what stands before the selection says where it begins. */
function rangeInText(container: HTMLElement): TextRange | undefined {
  const selection = window.getSelection();
  const shown = container.querySelector("p");
  if (selection === null || selection.rangeCount === 0 || shown === null) return undefined;
  const range = selection.getRangeAt(0);
  if (!shown.contains(range.startContainer) || !shown.contains(range.endContainer)) return undefined;
  const before = document.createRange();
  before.setStart(shown, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length;
  return { start, end: start + range.toString().length };
}
