import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { moveCell, type CellPosition } from '../lib/grid-moves.ts'
import { fieldOf } from '../lib/json.ts'
import { arrivals } from '../state/navigation.ts'
import { deleteSelected, isAddingRecord } from '../state/new-record.ts'
import { openPeek } from '../state/peek.ts'
import {
  columns,
  editing,
  page,
  pageCount,
  pageRows,
  pageSize,
  revealSelected,
  shownPage,
  sortBy,
  visibleRows,
} from '../state/table.ts'
import { changesByCollection, collection, selectedKey, view } from '../state/workspace.ts'
import { GridHead } from './GridHead.tsx'
import { GridRow } from './GridRow.tsx'

/**
 * The records as an ARIA grid (ARIA Authoring Practices: data grid): one tab stop, arrow keys move, Enter and F2
 * edit, Space shows all of a cell, Control+Enter follows a reference, Insert adds a record, Delete on a key deletes
 * its record, Tab leaves. Row −1 is the header, column 0 the key.
 */
export function Grid(): JSX.Element {
  const table = useRef<HTMLTableElement>(null)
  const active = useSignal<CellPosition>({ row: 0, column: 0 })
  // The cell to focus once it is drawn. The key tells a page that is still to be drawn from the one that is.
  const focusWanted = useRef<{ readonly key: string | null } | null>(null)
  const arrivedAt = useRef(0)
  const info = collection.value
  const shownRows = pageRows.value
  const shownColumns = columns.value
  const canEdit = view.value !== null && view.value.branch !== null

  // After a jump to a record: turn to its page, then focus its row once it is drawn.
  useLayoutEffect(() => {
    if (arrivedAt.current === arrivals.value) return
    arrivedAt.current = arrivals.value
    const row = revealSelected()
    if (row === null) return
    active.value = { row, column: 0 }
    focusWanted.current = { key: selectedKey.value }
  }, [arrivals.value, shownRows])

  useLayoutEffect(() => {
    const { row, column } = active.value
    if (focusWanted.current === null || focusWanted.current.key !== (shownRows[row]?.$id ?? null)) return
    const cell = table.current?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`)
    if (cell == null) return
    focusWanted.current = null
    cell.focus()
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })

  const moveTo = (next: CellPosition): void => {
    const key = pageRows.value[next.row]?.$id ?? null
    active.value = next
    focusWanted.current = { key }
    selectedKey.value = key ?? selectedKey.value
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (editing.value !== null || event.altKey || event.metaKey) return
    const { row, column } = active.value
    const record = shownRows[row]
    const target = shownColumns[column - 1]
    const isPlain = !event.ctrlKey && !event.shiftKey
    if ((event.key === 'Enter' || event.key === ' ') && row === -1) {
      event.preventDefault()
      sortBy(target?.name ?? '$id')
      focusWanted.current = { key: null }
      return
    }
    if (event.key === 'Enter' && event.ctrlKey && event.target instanceof HTMLElement) {
      event.target.querySelector<HTMLAnchorElement>('a.reference')?.click()
      return
    }
    if ((event.key === 'Enter' || event.key === 'F2') && isPlain) {
      event.preventDefault()
      if (record !== undefined && target !== undefined && canEdit)
        editing.value = { key: record.$id, column: target.name }
      return
    }
    if (event.key === ' ' && record !== undefined && isPlain) {
      event.preventDefault()
      if (target === undefined) openPeek(record.$id, null)
      else openPeek(record.$id, { column: target, value: fieldOf(record, target.name) })
      return
    }
    if (event.key === 'Insert' && canEdit && isPlain) {
      event.preventDefault()
      isAddingRecord.value = true
      return
    }
    if (event.key === 'Delete' && canEdit && isPlain && record !== undefined && target === undefined) {
      event.preventDefault()
      selectedKey.value = record.$id
      if (!event.repeat) void deleteSelected() // a key held down must not eat the table
      return
    }
    const move = moveCell(event, active.value, {
      rows: shownRows.length,
      columns: shownColumns.length + 1,
      page: shownPage.value,
      pages: pageCount.value,
    })
    if (move === null) return
    event.preventDefault()
    if (move.page !== shownPage.value) page.value = move.page
    moveTo({ row: Math.min(move.row, pageRows.value.length - 1), column: move.column })
  }

  const stop: CellPosition = {
    row: Math.min(active.value.row, shownRows.length - 1),
    column: Math.min(active.value.column, shownColumns.length),
  }
  const changed = changesByCollection.value.get(info?.definition.id ?? '')
  return (
    <div class="grid-scroll">
      <table
        ref={table}
        class="grid"
        role="grid"
        aria-labelledby="collection-title"
        aria-rowcount={visibleRows.value.length + 1}
        aria-colcount={shownColumns.length + 1}
        aria-readonly={!canEdit}
        onKeyDown={onKeyDown}
      >
        <GridHead active={stop} onActive={(column) => (active.value = { row: -1, column })} />
        <tbody role="rowgroup">
          {shownRows.map((row, index) => (
            <GridRow
              key={row.$id}
              row={row}
              index={index}
              ariaIndex={shownPage.value * pageSize + index + 2}
              columns={shownColumns}
              change={changed?.get(row.$id)}
              activeColumn={stop.row === index ? stop.column : null}
              isSelected={selectedKey.value === row.$id}
              canEdit={canEdit}
              onActive={(column) => {
                if (active.value.row !== index || active.value.column !== column)
                  active.value = { row: index, column }
                selectedKey.value = row.$id
              }}
              onEditEnd={(column) => moveTo({ row: index, column })}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}
