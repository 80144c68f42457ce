import type { JSX } from 'preact'
import type { TableColumn } from '../lib/columns.ts'
import type { EditorKind } from '../lib/parse-cell.ts'
import { FieldInput } from './FieldInput.tsx'

/** One labelled field of a form, with its problem under it. */
export function RecordField(props: {
  readonly id: string
  readonly column: TableColumn
  readonly kind: EditorKind
  readonly text: string
  readonly problem: string
  readonly onText: (text: string) => void
}): JSX.Element {
  const { id, column, problem } = props
  return (
    <div>
      <label for={id}>
        {column.title} {column.required && <span class="required">required</span>}
        <span class="note">{column.references ?? column.type}</span>
      </label>
      <FieldInput
        kind={props.kind}
        column={column}
        text={props.text}
        mayBeEmpty
        rows={2}
        attributes={{
          id,
          class: props.kind === 'json' ? 'input is-json' : 'input',
          required: column.required,
          'aria-invalid': problem !== '',
          'aria-describedby': `${id}-problem`,
        }}
        onText={props.onText}
      />
      <p id={`${id}-problem`} class="help is-problem" role="alert">
        {problem}
      </p>
    </div>
  )
}
