// Cuts a text at the edges of marked ranges, which may overlap, so that each piece knows which marks cover it and the pieces in order
// are the text. Owns no colour and no element.

export interface MarkedRange<Mark> {
  /** Half-open range in UTF-16 units; parts outside the text are ignored. */
  readonly start: number;
  readonly end: number;
  readonly mark: Mark;
}

export interface Segment<Mark> {
  readonly start: number;
  readonly text: string;
  /** Marks that cover the piece, in the order given, each once. */
  readonly marks: readonly Mark[];
}

/** Pieces in order; never empty ones. A text without marks is one piece. */
export function segmentText<Mark>(text: string, ranges: readonly MarkedRange<Mark>[]): Segment<Mark>[] {
  const clipped = ranges
    .map(({ start, end, mark }) => ({ start: Math.max(0, start), end: Math.min(text.length, end), mark }))
    .filter(({ start, end }) => start < end);
  const cuts = [...new Set([0, text.length, ...clipped.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1]!;
    const covering = clipped.filter((range) => range.start <= start && range.end >= end).map(({ mark }) => mark);
    return { start, text: text.slice(start, end), marks: [...new Set(covering)] };
  });
}
