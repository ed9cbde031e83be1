// Tags of a row as one line of text, to be typed: written, read back and completed.

/** Tags as they are typed: separated by commas, in quotes where they would not be read back as they are. */
export function tagsText(tags: readonly string[]): string {
  return tags.map((tag) => (/[",\\\p{Cc}]|^\s|\s$|^$/u.test(tag) ? JSON.stringify(tag) : tag)).join(", ");
}

/** What is typed as tags of a row, against those it has. */
export function tagsChange(
  present: readonly string[],
  typed: string,
): { readonly add: readonly string[]; readonly remove: readonly string[] } {
  const wanted = new Set(tagsOf(typed));
  return { add: [...wanted].filter((tag) => !present.includes(tag)), remove: present.filter((tag) => !wanted.has(tag)) };
}

/** The last tag that is typed, as each of the known ones. */
export function tagChoices(known: readonly string[], typed: string): readonly string[] {
  const before = /^(?:"(?:[^"\\]|\\.)*"|[^"])*,(?=[^,]*$)/.exec(typed)?.[0] ?? "";
  const taken = new Set(tagsOf(before));
  return known.filter((tag) => !taken.has(tag)).map((tag) => `${before}${before === "" ? "" : " "}${tagsText([tag])}`);
}

const TYPED_TAG = /\s*("(?:[^"\\]|\\.)*"(?=\s*(?:,|$))|[^,]*)(?:,|$)/gy;

function tagsOf(typed: string): readonly string[] {
  return [...typed.matchAll(TYPED_TAG)].flatMap(([, part = ""]) => {
    const text = part.trim();
    return text === "" ? [] : [text.startsWith('"') ? unquoted(text) : text];
  });
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
