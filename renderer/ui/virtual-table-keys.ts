// The keyboard of a long table: which key moves the current row where. Knows no element and no scrolling.

export interface TablePosition {
  /** Row that has the focus, or undefined before the first key. */
  readonly row: number | undefined;
  readonly rowCount: number;
  readonly rowsPerPage: number;
}

export type TableMove =
  | { readonly type: "row"; readonly row: number }
  | { readonly type: "open"; readonly row: number }
  | { readonly type: "select"; readonly row: number };

interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What a key does to the table, or undefined where it means nothing to it. Keys with Ctrl, Meta or Alt belong to others. */
export function tableMove(pressed: PressedKey, position: TablePosition): TableMove | undefined {
  const { row, rowCount } = position;
  if (rowCount === 0 || pressed.altKey || pressed.metaKey || pressed.ctrlKey) return undefined;
  const target = targetRow(pressed.key, position);
  if (target !== undefined) return { type: "row", row: Math.min(Math.max(target, 0), rowCount - 1) };
  // Enter right after a search opens what was found first.
  if (pressed.key === "Enter") return { type: "open", row: row ?? 0 };
  if (row === undefined) return undefined;
  return pressed.key === " " || pressed.key === "x" ? { type: "select", row } : undefined;
}

function targetRow(key: string, { row, rowCount, rowsPerPage }: TablePosition): number | undefined {
  switch (key) {
    case "j":
    case "ArrowDown":
      return row === undefined ? 0 : row + 1;
    case "k":
    case "ArrowUp":
      return row === undefined ? 0 : row - 1;
    case "PageDown":
      return (row ?? 0) + rowsPerPage;
    case "PageUp":
      return (row ?? 0) - rowsPerPage;
    case "Home":
      return 0;
    case "End":
    case "G":
      return rowCount - 1;
    default:
      return undefined;
  }
}
