import type { JSX } from 'preact'
import type { TableColumn } from '../lib/columns.ts'
import { compact } from '../lib/json.ts'
import type { EditorKind } from '../lib/parse-cell.ts'

/** The control for one field, as its kind wants it. The attributes name and describe it. */
export function FieldInput(props: {
  readonly kind: EditorKind
  readonly column: TableColumn
  readonly text: string
  /** Offers “Choose…” in a list of choices. */
  readonly mayBeEmpty: boolean
  readonly rows: number
  readonly attributes: { readonly [name: string]: string | boolean }
  readonly onText: (text: string) => void
}): JSX.Element {
  const { kind, column, text, onText } = props
  const field = { ...props.attributes, value: text, spellcheck: false }
  if (kind === 'json')
    return <textarea {...field} rows={props.rows} onInput={(event) => onText(event.currentTarget.value)} />
  if (kind === 'enum' || kind === 'boolean')
    return (
      <select {...field} onChange={(event) => onText(event.currentTarget.value)}>
        {props.mayBeEmpty && <option value="">Choose…</option>}
        {(kind === 'enum' ? column.enum.map(compact) : ['true', 'false']).map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    )
  return (
    <input
      {...field}
      type="text"
      inputMode={kind === 'text' ? 'text' : 'decimal'}
      autocomplete="off"
      onInput={(event) => onText(event.currentTarget.value)}
    />
  )
}
