// What an answer has to satisfy, as the answer writer sees it: every atom that is obeyed adds its part. Owns no text.

export interface Demands {
  exact?: number;
  minWords?: number;
  /** Exclusive upper bound. */
  belowWords?: number;
  first?: string;
  last?: string;
  readonly include: string[];
  readonly forbid: Set<string>;
  repeat?: { readonly word: string; readonly times: number };
  more?: { readonly word: string; readonly than: string };
  sorted?: boolean;
  unique?: boolean;
  duplicate?: boolean;
  capitals?: "all" | number;
  lower?: boolean;
  noComma?: boolean;
  bullets?: number;
  highlights?: number;
  title?: boolean;
  endPhrase?: string;
  placeholders?: number;
  twoAnswers?: boolean;
  repeatRequest?: string;
  mark?: string;
  json?: boolean;
  pool?: readonly string[];
  fromPool?: { readonly words: readonly string[]; readonly atLeast: number };
  minSentences?: number;
  belowSentences?: number;
  paragraphs?: number;
  postscript?: boolean;
  quoted?: boolean;
  numbered?: number;
  letter?: { readonly letter: string; readonly times: number };
  separator?: { readonly text: string; readonly parts: number };
}

export function noDemands(): Demands {
  return { include: [], forbid: new Set() };
}
