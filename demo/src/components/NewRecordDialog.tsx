import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { isEspalierError } from '../../../src/index.ts'
import { describeFailure } from '../lib/advice.ts'
import { parseRecord, startText } from '../lib/new-record.ts'
import { editorKind } from '../lib/parse-cell.ts'
import { pickTitle } from '../lib/titles.ts'
import { insertRecord } from '../state/edits.ts'
import { selectCollection } from '../state/navigation.ts'
import { isAddingRecord } from '../state/new-record.ts'
import { columns, rows } from '../state/table.ts'
import { collection } from '../state/workspace.ts'
import { Icon } from './Icon.tsx'
import { RecordField } from './RecordField.tsx'

/** The form for a new record, in a dialog. */
export function NewRecordDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const isOpen = isAddingRecord.value
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal()
    if (!isOpen) dialog.current?.close()
  }, [isOpen])

  const close = (): void => {
    // At once: the table takes the focus next, and cannot while a modal dialog holds the page.
    dialog.current?.close()
    isAddingRecord.value = false
  }
  return (
    <dialog
      ref={dialog}
      class="dialog is-wide"
      aria-labelledby="new-record-title"
      onClose={() => (isAddingRecord.value = false)}
    >
      {isOpen && <NewRecordForm onClose={close} />}
    </dialog>
  )
}

function NewRecordForm({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const form = useRef<HTMLFormElement>(null)
  // What the form asks for stays the same while it is open, whatever others change meanwhile.
  const [{ shown, all, info }] = useState(() => ({
    shown: columns.value,
    all: rows.value,
    info: collection.value,
  }))
  const [key, setKey] = useState('')
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(new Map())
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map())
  const [isSaving, setSaving] = useState(false)
  const required = shown.filter((column) => column.required)
  const optional = shown.filter((column) => !column.required)

  const fail = (found: ReadonlyMap<string, string>): void => {
    setProblems(found)
    const first = ['$id', ...required, ...optional]
      .map((one) => (typeof one === 'string' ? one : one.name))
      .find((name) => found.has(name))
    const place = first === '$id' ? 0 : shown.findIndex((column) => column.name === first) + 1
    form.current?.querySelector<HTMLElement>(`#new-record-${place}`)?.focus()
  }

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (info === null || isSaving) return
    const parsed = parseRecord(shown, key, texts, all)
    if (!parsed.ok) return fail(parsed.problems)
    setSaving(true)
    try {
      const { id } = info.definition
      await insertRecord(id, parsed.key, parsed.value)
      onClose()
      await selectCollection(id, parsed.key)
    } catch (error) {
      setSaving(false)
      const { message, advice } = describeFailure(error)
      const isAboutKey = isEspalierError(error, 'record/exists') || isEspalierError(error, 'record/bad-key')
      fail(new Map([[isAboutKey ? '$id' : '', `${message} ${advice}`.trim()]]))
    }
  }

  const field = (column: (typeof shown)[number]): JSX.Element => (
    <RecordField
      key={column.name}
      id={`new-record-${shown.indexOf(column) + 1}`}
      column={column}
      kind={editorKind(column, undefined)}
      text={texts.get(column.name) ?? startText(column, all)}
      problem={problems.get(column.name) ?? ''}
      onText={(text) => setTexts(new Map(texts).set(column.name, text))}
    />
  )

  return (
    <form ref={form} class="record-form" onSubmit={(event) => void submit(event)} noValidate>
      <header class="dialog-head">
        <h2 id="new-record-title">
          New record in {info === null ? '' : pickTitle(info.definition.titles, info.definition.id)}
        </h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="record-fields">
        <div>
          <label for="new-record-0">
            Key <span class="required">required</span>
          </label>
          <input
            id="new-record-0"
            class="input"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            required
            autofocus
            value={key}
            aria-invalid={problems.has('$id')}
            aria-describedby="new-record-0-problem new-record-0-help"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
          <p id="new-record-0-problem" class="help is-problem" role="alert">
            {problems.get('$id') ?? ''}
          </p>
          <p id="new-record-0-help" class="help">
            Names the record and its file. It cannot be changed later.
          </p>
        </div>
        {required.map(field)}
        {optional.length > 0 && (
          <details open={required.length === 0 || optional.some(({ name }) => problems.has(name))}>
            <summary>Optional fields ({optional.length})</summary>
            {optional.map(field)}
          </details>
        )}
      </div>
      <p class="help is-problem" role="alert">
        {problems.get('') ?? ''}
      </p>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button is-primary" aria-disabled={isSaving}>
          Add record
        </button>
      </footer>
    </form>
  )
}
