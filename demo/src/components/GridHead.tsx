import type { JSX } from 'preact'
import type { CellPosition } from '../lib/grid-moves.ts'
import { columns, sortBy, sorting } from '../state/table.ts'

/** The titles of the columns. A click, Enter or Space sorts. */
export function GridHead(props: {
  readonly active: CellPosition
  readonly onActive: (column: number) => void
}): JSX.Element {
  const heads = [{ name: '$id', title: 'Key', type: 'key', numeric: false, required: true }, ...columns.value]
  const { column: sorted, direction } = sorting.value
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        {heads.map((head, index) => {
          const isSorted = sorted === head.name
          const mark = (
            <span class="arrow" aria-hidden="true">
              {isSorted ? (direction === 'ascending' ? '↑' : '↓') : ''}
            </span>
          )
          return (
            <th
              key={head.name}
              role="columnheader"
              scope="col"
              class={`${index === 0 ? 'is-key' : ''} ${head.numeric ? 'is-number' : ''}`}
              aria-sort={isSorted ? direction : 'none'}
              aria-colindex={index + 1}
              tabIndex={props.active.row === -1 && props.active.column === index ? 0 : -1}
              data-row={-1}
              data-column={index}
              title={`${head.name}: ${head.type}${head.required ? ', required' : ''}. Click to sort.`}
              onFocus={() => props.onActive(index)}
              onClick={() => sortBy(head.name)}
            >
              {head.numeric && mark}
              <span class="head-title">{head.title}</span>
              {!head.numeric && mark}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
