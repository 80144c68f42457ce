import type { JSX } from 'preact'
import type { Json, Row } from '../../../src/index.ts'
import type { TableColumn } from '../lib/columns.ts'
import { editing } from '../state/table.ts'
import { CellEditor } from './CellEditor.tsx'
import { CellValue } from './CellValue.tsx'

/** One field of one record, shown or edited. */
export function GridCell(props: {
  readonly row: Row
  readonly rowIndex: number
  readonly column: TableColumn
  readonly columnIndex: number
  readonly value: Json | undefined
  readonly isChanged: boolean
  readonly isActive: boolean
  readonly isEditing: boolean
  readonly canEdit: boolean
  readonly onActive: () => void
  readonly onEditEnd: () => void
}): JSX.Element {
  const { row, column, value } = props
  const classes = [
    column.numeric ? 'is-number' : '',
    props.isChanged ? 'is-changed' : '',
    props.isEditing ? 'is-editing' : '',
  ]
  const edit = (): void => {
    if (props.canEdit) editing.value = { key: row.$id, column: column.name }
  }
  return (
    <td
      role="gridcell"
      class={classes.join(' ').trim()}
      aria-colindex={props.columnIndex + 1}
      tabIndex={props.isActive && !props.isEditing ? 0 : -1}
      data-row={props.rowIndex}
      data-column={props.columnIndex}
      onFocus={(event) => {
        if (event.target === event.currentTarget) props.onActive()
      }}
      onDblClick={props.isEditing ? undefined : edit}
    >
      {props.isEditing ? (
        <CellEditor row={row} column={column} value={value} onEnd={props.onEditEnd} />
      ) : (
        <>
          <CellValue recordKey={row.$id} column={column} value={value} />
          {props.isChanged && <span class="visually-hidden">, changed</span>}
        </>
      )}
    </td>
  )
}
