import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Json } from '../../../src/index.ts'
import { fieldOf } from '../lib/json.ts'
import { peek } from '../state/peek.ts'
import { columns, editing, rows } from '../state/table.ts'
import { view } from '../state/workspace.ts'
import { Icon } from './Icon.tsx'

/** A cell or a record in full. */
export function PeekDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const shown = peek.value
  useEffect(() => {
    if (shown !== null && dialog.current?.open === false) dialog.current.showModal()
    if (shown === null) dialog.current?.close()
  }, [shown])

  const canEdit = view.value !== null && view.value.branch !== null
  const edit = (): void => {
    if (shown?.cell == null) return
    editing.value = { key: shown.key, column: shown.cell.column.name }
    peek.value = null
  }
  return (
    <dialog
      ref={dialog}
      class="dialog is-wide"
      aria-labelledby="peek-title"
      onClose={() => (peek.value = null)}
    >
      {shown !== null && (
        <>
          <header class="dialog-head">
            <h2 id="peek-title">
              <code>{shown.key}</code>
              {shown.cell !== null && ` · ${shown.cell.column.title}`}
            </h2>
            <button type="button" class="icon-button" aria-label="Close" onClick={() => (peek.value = null)}>
              <Icon name="close" />
            </button>
          </header>
          {shown.cell === null ? (
            <RecordFields recordKey={shown.key} />
          ) : (
            <pre class="peek-text" tabIndex={0}>
              {inFull(shown.cell.value)}
            </pre>
          )}
          {shown.cell !== null && canEdit && (
            <footer class="dialog-foot">
              <button type="button" class="button" onClick={edit}>
                <Icon name="edit" />
                Edit
              </button>
            </footer>
          )}
        </>
      )}
    </dialog>
  )
}

function RecordFields({ recordKey }: { readonly recordKey: string }): JSX.Element {
  const record = rows.value.find((row) => row.$id === recordKey)
  return (
    <dl class="fields">
      {columns.value.map((column) => (
        <div key={column.name}>
          <dt>{column.title}</dt>
          <dd>{inFull(fieldOf(record, column.name))}</dd>
        </div>
      ))}
    </dl>
  )
}

function inFull(value: Json | undefined): string {
  if (value === undefined) return 'not set'
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
