import type { JSX } from 'preact'
import type { Row, WorkingChange } from '../../../src/index.ts'
import type { TableColumn } from '../lib/columns.ts'
import { fieldOf } from '../lib/json.ts'
import { isSameCell } from '../lib/parse-cell.ts'
import { openPeek } from '../state/peek.ts'
import { editing } from '../state/table.ts'
import { GridCell } from './GridCell.tsx'

/** One record. */
export function GridRow(props: {
  readonly row: Row
  readonly index: number
  readonly ariaIndex: number
  readonly columns: readonly TableColumn[]
  readonly change: WorkingChange | undefined
  readonly activeColumn: number | null
  readonly isSelected: boolean
  readonly canEdit: boolean
  readonly onActive: (column: number) => void
  readonly onEditEnd: (column: number) => void
}): JSX.Element {
  const { row, index, change } = props
  const classes = [
    props.isSelected ? 'is-selected' : '',
    change === undefined ? '' : 'is-changed',
    change?.conflict ? 'is-conflict' : '',
  ]
  return (
    <tr
      role="row"
      aria-rowindex={props.ariaIndex}
      aria-selected={props.isSelected}
      class={classes.join(' ').trim()}
    >
      <th
        role="rowheader"
        scope="row"
        class="is-key"
        aria-colindex={1}
        tabIndex={props.activeColumn === 0 ? 0 : -1}
        data-row={index}
        data-column={0}
        onFocus={() => props.onActive(0)}
        onDblClick={() => openPeek(row.$id, null)}
      >
        <code>{row.$id}</code>
        {change !== undefined && (
          <span class="row-mark" title={change.conflict ? 'Conflict' : 'Changed, not committed yet'}>
            <span aria-hidden="true">{change.conflict ? '!' : change.kind === 'insert' ? '+' : '±'}</span>
            <span class="visually-hidden">{change.conflict ? ', conflict' : ', changed'}</span>
          </span>
        )}
      </th>
      {props.columns.map((column, i) => {
        const value = fieldOf(row, column.name)
        const before = change?.kind === 'update' ? fieldOf(change.before, column.name) : value
        return (
          <GridCell
            key={column.name}
            row={row}
            rowIndex={index}
            column={column}
            columnIndex={i + 1}
            value={value}
            isChanged={!isSameCell(before, value)}
            isActive={props.activeColumn === i + 1}
            isEditing={editing.value?.key === row.$id && editing.value.column === column.name}
            canEdit={props.canEdit}
            onActive={() => props.onActive(i + 1)}
            onEditEnd={() => props.onEditEnd(i + 1)}
          />
        )
      })}
    </tr>
  )
}
