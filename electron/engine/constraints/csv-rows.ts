// Rows of delimited text as Python's csv.reader reads them: a quote opens a field only at its beginning, text behind a closing quote
// joins the field, an empty line is a row without fields. Owns no rule.

/** undefined where the reader gives up: a carriage return inside a line. */
export function csvRows(text: string, delimiter: "," | "\t"): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let state: "start" | "plain" | "quoted" | "closing" = "start";
  const endField = (): void => {
    row.push(field);
    field = "";
    state = "start";
  };
  const endRow = (): void => {
    if (state !== "start" || row.length > 0) endField();
    rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (state === "quoted") {
      if (character === '"') state = "closing";
      else field += character;
    } else if (character === '"' && state !== "plain") {
      // At the beginning it opens the field; behind a closing quote it is a quote that was doubled.
      if (state === "closing") field += '"';
      state = "quoted";
    } else if (character === delimiter) {
      endField();
    } else if (character === "\r" || character === "\n") {
      const after = character === "\r" ? (text[at + 1] ?? "\n") : "\n";
      if (after !== "\n") return undefined;
      if (character === "\n" || at + 1 >= text.length) endRow();
    } else {
      field += character;
      state = "plain";
    }
  }
  // A line that ends with the text; what is open in quotes is closed.
  if (!text.endsWith("\n") && !text.endsWith("\r") && text !== "") endRow();
  else if (state === "quoted") endRow();
  return rows;
}
