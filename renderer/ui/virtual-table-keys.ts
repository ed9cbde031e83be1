// The keyboard of a long table: which key moves the current row or cell where, and what it does there. Knows no element and no scrolling.

export interface TablePosition {
  /** Row that has the focus, or undefined before the first key. */
  readonly row: number | undefined;
  readonly rowCount: number;
  readonly rowsPerPage: number;
  /** Column of the cell that has the focus, undefined while whole rows have it. */
  readonly column?: number | undefined;
  readonly columnCount?: number;
  /** Whether cells of a column can be written in. */
  readonly writable?: (column: number) => boolean;
  /** Where writing begins while no cell has the focus. */
  readonly writesFirst?: number | undefined;
}

export type TableMove =
  /** `extends`: the rows from where the marking began to this one are marked. */
  | { readonly type: "row"; readonly row: number; readonly extends: boolean }
  | { readonly type: "column"; readonly row: number; readonly column: number | undefined }
  | { readonly type: "open"; readonly row: number }
  | { readonly type: "select"; readonly row: number }
  | { readonly type: "select-all" }
  | { readonly type: "write"; readonly row: number; readonly column: number };

interface PressedKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What a key does to the table, or undefined where it means nothing to it. Keys with Alt and most with Ctrl or Meta belong to others. */
export function tableMove(pressed: PressedKey, position: TablePosition): TableMove | undefined {
  const { row, rowCount } = position;
  if (rowCount === 0 || pressed.altKey) return undefined;
  if (pressed.metaKey || pressed.ctrlKey)
    return pressed.key.toLowerCase() === "a" && !pressed.shiftKey ? { type: "select-all" } : undefined;
  const target = targetRow(pressed.key, position);
  if (target !== undefined) {
    // Capital letters are keys of their own.
    return { type: "row", row: Math.min(Math.max(target, 0), rowCount - 1), extends: pressed.shiftKey && pressed.key.length > 1 };
  }
  return columnMove(pressed.key, position) ?? actionAt(pressed.key, row, position);
}

function actionAt(key: string, row: number | undefined, { column, writable, writesFirst }: TablePosition): TableMove | undefined {
  const writes = column === undefined ? (key === "F2" ? writesFirst : undefined) : writable?.(column) === true ? column : undefined;
  if (writes !== undefined && (key === "F2" || key === "Enter")) return { type: "write", row: row ?? 0, column: writes };
  // Enter right after a search opens what was found first.
  if (key === "Enter") return { type: "open", row: row ?? 0 };
  if (row === undefined) return undefined;
  return key === " " || key === "x" ? { type: "select", row } : undefined;
}

/** Beyond the first column, and by Escape, whole rows have the focus again. */
function columnMove(key: string, { row = 0, column, columnCount = 0 }: TablePosition): TableMove | undefined {
  if (columnCount === 0) return undefined;
  if (key === "ArrowRight") return { type: "column", row, column: Math.min(column === undefined ? 0 : column + 1, columnCount - 1) };
  if (column === undefined) return undefined;
  if (key === "ArrowLeft") return { type: "column", row, column: column === 0 ? undefined : column - 1 };
  return key === "Escape" ? { type: "column", row, column: undefined } : undefined;
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
