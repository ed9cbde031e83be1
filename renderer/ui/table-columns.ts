// Columns of a long table: what the table draws of one, and what a page plans beside it.

export interface TableColumn {
  readonly key: string;
  readonly label: string;
  /** Pixels. */
  readonly width: number;
  /** Takes what is left of the width. */
  readonly grows?: boolean;
  readonly numeric?: boolean;
  readonly sortable?: boolean;
  readonly hint?: string;
  /** A click on its cells chooses the row instead of opening it. */
  readonly chooses?: boolean;
}

export interface ColumnOrder {
  readonly column: string;
  readonly descending: boolean;
}

/** Which cells of a table can be written in, and what becomes of that. */
export interface CellWriting<Row> {
  /** Keys of their columns; writing begins in the first one while no cell has the focus. */
  readonly columns: readonly string[];
  readonly text: (row: Row, column: string) => string;
  /** Name of the field for who does not see where it stands. */
  readonly label: (row: Row, column: string) => string;
  /** Whole texts to choose from, for what is typed so far. */
  readonly choices: (row: Row, column: string, typed: string) => readonly string[];
  /** False where it was refused, which whoever refuses it says. */
  readonly store: (row: Row, column: string, text: string) => Promise<boolean>;
}

export interface ColumnPlan<Sort extends string> extends Omit<TableColumn, "sortable"> {
  /** What the column sorts by; absent where it does not. */
  readonly sort?: Sort;
  /** Until somebody asks for it. */
  readonly hidden?: boolean;
}

export function tableColumns<Sort extends string>(plans: readonly ColumnPlan<Sort>[]): readonly TableColumn[] {
  return plans.map(({ sort, hidden: _, ...column }) => ({ ...column, sortable: sort !== undefined }));
}

/** The column that stands for an order, as a table shows it. */
export function sortedColumn<Sort extends string>(
  plans: readonly ColumnPlan<Sort>[],
  order: { readonly column: Sort; readonly descending: boolean } | undefined,
): ColumnOrder | undefined {
  if (order === undefined) return undefined;
  return { column: plans.find(({ sort }) => sort === order.column)?.key ?? "", descending: order.descending };
}
