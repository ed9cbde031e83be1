// How fields become cells of a CSV file that keeps everything, and back. A column named "x:json" holds JSON, any other one text; an
// empty cell is a missing field. A cell that a spreadsheet would take for a formula, and what would be read wrongly, is led by an
// apostrophe. Files of others have no ":json" column: their cells are taken as they stand.

export const JSON_SUFFIX = ":json";
/** What spreadsheets evaluate, what leads an escaped cell, and the empty text. */
const NEEDS_APOSTROPHE = /^(?:['=+\-@\t\r\n]|$)/;

/** The text of a cell of a file of ours. */
export function cellText(value: string): string {
  // Half of a pair cannot be written as UTF-8.
  if (!value.isWellFormed()) return `'${JSON.stringify(value)}`;
  return NEEDS_APOSTROPHE.test(value) ? `'${value}` : value;
}

/** The value of a cell of a file of ours; undefined for a missing field. */
export function cellValue(cell: string): string | undefined {
  if (cell === "") return undefined;
  if (!cell.startsWith("'")) return cell;
  return cell.startsWith(`'"`) ? (JSON.parse(cell.slice(1)) as string) : cell.slice(1);
}

/** A line of cells, RFC 4180. */
export function csvLine(cells: readonly string[]): string {
  // A line without anything would be taken for none.
  if (cells.length <= 1 && (cells[0] ?? "") === "") return '""\r\n';
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\r\n`;
}
