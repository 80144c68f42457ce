import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Json, Row } from '../../../src/index.ts'
import { describeFailure } from '../lib/advice.ts'
import type { TableColumn } from '../lib/columns.ts'
import { cellText, editorKind, isSameCell, parseCell } from '../lib/parse-cell.ts'
import { saveCell } from '../state/edits.ts'
import { editing } from '../state/table.ts'
import { collectionId, refreshRecords } from '../state/workspace.ts'
import { FieldInput } from './FieldInput.tsx'

/**
 * Edits one cell in place. Enter saves (Ctrl+Enter in a list or map), Escape cancels, leaving saves; what does not
 * parse stays, with the problem beside it.
 */
export function CellEditor(props: {
  readonly row: Row
  readonly column: TableColumn
  readonly value: Json | undefined
  readonly onEnd: () => void
}): JSX.Element {
  const { column, value } = props
  const [row] = useState(props.row) // what the user saw when the edit began: `ifMatch` compares with it
  const [kind] = useState(() => editorKind(column, value))
  const [start] = useState(() => cellText(kind, value))
  const [text, setText] = useState(start)
  const [problem, setProblem] = useState('')
  const root = useRef<HTMLDivElement>(null)
  const state = useRef<'open' | 'saving' | 'ended'>('open')

  useLayoutEffect(() => {
    const field = root.current?.querySelector<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(
      '.editor-field',
    )
    field?.focus()
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select()
  }, [])

  const end = (takeFocus: boolean): void => {
    state.current = 'ended'
    editing.value = null
    if (takeFocus) props.onEnd()
  }

  const save = async (next: Json | undefined, takeFocus: boolean): Promise<void> => {
    const id = collectionId.value
    if (id === null || isSameCell(value, next)) return end(takeFocus)
    state.current = 'saving'
    try {
      await saveCell(id, row, column.name, next)
      end(takeFocus)
    } catch (error) {
      state.current = 'open'
      const { message, advice } = describeFailure(error)
      setProblem(`${message} ${advice}`.trim())
      void refreshRecords([row.$id])
    }
  }

  const submit = (takeFocus: boolean): void => {
    if (state.current !== 'open') return
    if (text === start) return end(takeFocus)
    const parsed = parseCell(kind, column, text)
    if (parsed.ok) void save(parsed.value, takeFocus)
    else setProblem(parsed.problem)
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation()
    if (event.key === 'Escape') {
      event.preventDefault()
      end(true)
    } else if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) {
      return
    } else if (event.key === 'Enter' && (kind !== 'json' || event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      submit(true)
    }
  }

  return (
    <div
      class={`editor is-${kind}`}
      ref={root}
      onKeyDown={onKeyDown}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget) === true)
          return
        if (document.hasFocus()) submit(false)
      }}
    >
      <FieldInput
        kind={kind}
        column={column}
        text={text}
        mayBeEmpty={start === ''}
        rows={6}
        attributes={{
          class: 'editor-field',
          'aria-label': `${column.title} of ${row.$id}`,
          'aria-invalid': problem !== '',
          'aria-describedby': 'cell-problem',
        }}
        onText={setText}
      />
      <div class="editor-more">
        {problem !== '' && (
          <p id="cell-problem" class="editor-problem" role="alert">
            {problem}
          </p>
        )}
        <div class="editor-actions">
          {kind === 'json' && (
            <button type="button" class="link-button" onClick={() => submit(true)}>
              Save <kbd>Ctrl+Enter</kbd>
            </button>
          )}
          {value !== null && !column.required && (
            <button type="button" class="link-button" onClick={() => void save(null, true)}>
              Set to null
            </button>
          )}
          {value !== undefined && !column.required && (
            <button type="button" class="link-button" onClick={() => void save(undefined, true)}>
              Remove field
            </button>
          )}
        </div>
      </div>
    </div>
  )
}
