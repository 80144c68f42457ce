/** A cell of the shown page. Row −1 is the header, column 0 the key. */
export interface CellPosition {
  readonly row: number
  readonly column: number
}

/** How large the grid is. */
export interface GridShape {
  /** Rows of the shown page, without the header. */
  readonly rows: number
  readonly columns: number
  readonly page: number
  readonly pages: number
}

const jump = 10

/** Where a key leads, or null when it is not a key of the grid. PgUp and PgDn turn the page at its ends. */
export function moveCell(
  event: { readonly key: string; readonly ctrlKey: boolean },
  { row, column }: CellPosition,
  shape: GridShape,
): (CellPosition & { readonly page: number }) | null {
  const lastRow = shape.rows - 1
  const lastColumn = shape.columns - 1
  const at = (
    nextRow: number,
    nextColumn = column,
    page = shape.page,
  ): CellPosition & { readonly page: number } => ({
    row: nextRow,
    column: nextColumn,
    page,
  })
  switch (event.key) {
    case 'ArrowUp':
      return at(Math.max(-1, row - 1))
    case 'ArrowDown':
      return at(Math.min(lastRow, row + 1))
    case 'ArrowLeft':
      return at(row, Math.max(0, column - 1))
    case 'ArrowRight':
      return at(row, Math.min(lastColumn, column + 1))
    case 'Home':
      return event.ctrlKey ? at(0, 0, 0) : at(row, 0)
    case 'End':
      return event.ctrlKey ? at(Number.MAX_SAFE_INTEGER, lastColumn, shape.pages - 1) : at(row, lastColumn)
    case 'PageDown':
      return row >= lastRow && shape.page + 1 < shape.pages
        ? at(0, column, shape.page + 1)
        : at(Math.min(lastRow, row + jump))
    case 'PageUp':
      return row <= 0 && shape.page > 0
        ? at(Number.MAX_SAFE_INTEGER, column, shape.page - 1)
        : at(Math.max(0, row - jump))
    default:
      return null
  }
}
