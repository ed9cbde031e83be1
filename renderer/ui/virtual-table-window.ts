// Which rows of a long table stand on the screen and where: pure arithmetic between a scroll position and row numbers. Browsers
// clip elements somewhere past ten million pixels, so a longer table is mapped onto a shorter scroll range.

/** Below what Chromium (33.5 million) and Firefox (17.8 million) can lay out. */
export const MAX_SPACER_PX = 12_000_000;

export interface TableExtent {
  readonly rowCount: number;
  readonly rowHeightPx: number;
  /** Height of the part that scrolls, without the header. */
  readonly viewportPx: number;
}

export interface RowWindow {
  /** Half-open range of rows to draw, a few beyond the edges included. */
  readonly start: number;
  readonly end: number;
  /** Where row `start` stands inside the spacer, in pixels from its top. */
  readonly offsetPx: number;
}

/** Height of the element that gives the scroll bar its length. */
export function spacerHeight(extent: TableExtent): number {
  return Math.min(extent.rowCount * extent.rowHeightPx, MAX_SPACER_PX);
}

/** Pixels of rows that one pixel of scrolling passes over; 1 unless the table is longer than a browser can lay out. */
function stretch(extent: TableExtent): number {
  const whole = extent.rowCount * extent.rowHeightPx - extent.viewportPx;
  const range = spacerHeight(extent) - extent.viewportPx;
  return range <= 0 ? 1 : Math.max(1, whole / range);
}

/** Rows to draw at a scroll position, with `overscan` more on either side. */
export function rowWindow(extent: TableExtent, scrollTopPx: number, overscan = 8): RowWindow {
  if (extent.rowCount === 0) return { start: 0, end: 0, offsetPx: 0 };
  const top = Math.max(0, scrollTopPx) * stretch(extent);
  const first = Math.min(Math.floor(top / extent.rowHeightPx), extent.rowCount - 1);
  const visible = Math.ceil(extent.viewportPx / extent.rowHeightPx) + 1;
  const start = Math.max(0, first - overscan);
  const end = Math.min(extent.rowCount, first + visible + overscan);
  return { start, end, offsetPx: Math.max(0, scrollTopPx) + (start * extent.rowHeightPx - top) };
}

/** The scroll position that brings a row fully into view, moving as little as possible; the present one if it is in view. */
export function scrollTopFor(extent: TableExtent, row: number, scrollTopPx: number): number {
  const factor = stretch(extent);
  const top = scrollTopPx * factor;
  const rowTop = row * extent.rowHeightPx;
  const rowBottom = rowTop + extent.rowHeightPx;
  if (rowTop < top) return rowTop / factor;
  if (rowBottom > top + extent.viewportPx) return (rowBottom - extent.viewportPx) / factor;
  return scrollTopPx;
}

/** Whole rows that fit, for PageUp and PageDown; at least one. */
export function rowsPerPage(extent: TableExtent): number {
  return Math.max(1, Math.floor(extent.viewportPx / extent.rowHeightPx) - 1);
}
