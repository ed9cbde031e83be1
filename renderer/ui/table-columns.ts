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
): { readonly column: string; readonly descending: boolean } | undefined {
  if (order === undefined) return undefined;
  return { column: plans.find(({ sort }) => sort === order.column)?.key ?? "", descending: order.descending };
}
