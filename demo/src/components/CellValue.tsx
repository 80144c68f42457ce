import type { JSX } from 'preact'
import type { Json } from '../../../src/index.ts'
import type { TableColumn } from '../lib/columns.ts'
import { compact, isNested } from '../lib/json.ts'
import { pickLocale } from '../lib/titles.ts'
import { recordLink } from '../state/navigation.ts'
import { openPeek } from '../state/peek.ts'
import { Icon } from './Icon.tsx'

const longText = 80

/** A value in a cell. What is missing, null or empty looks different and says so. */
export function CellValue(props: {
  readonly recordKey: string
  readonly column: TableColumn
  readonly value: Json | undefined
}): JSX.Element {
  const { column, value } = props
  if (value === undefined) {
    return (
      <span class="no-value" title="This record does not have the field">
        <span aria-hidden="true">–</span>
        <span class="visually-hidden">not set</span>
      </span>
    )
  }
  if (value === null) return <span class="null-value">null</span>
  if (value === '') {
    return (
      <span class="no-value" title="An empty text">
        empty
      </span>
    )
  }
  if (typeof value === 'boolean') return <span class="boolean">{value ? '✓ true' : '✗ false'}</span>
  if (column.references !== null && !isNested(value)) {
    const key = String(value)
    return (
      <a
        class="reference"
        href={recordLink(column.references, key)}
        tabIndex={-1}
        title={`Go to ${column.references}: ${key} (Ctrl+Enter)`}
      >
        {key}
      </a>
    )
  }
  if (column.type.startsWith('map[locale]') && isNested(value) && !Array.isArray(value)) {
    const texts = value as { readonly [locale: string]: Json } // a map: neither scalar nor list
    return <LocalizedValue recordKey={props.recordKey} column={column} texts={texts} />
  }
  const text = isNested(value) ? JSON.stringify(value) : String(value)
  if (!isNested(value) && text.length <= longText) return <span class="text">{text}</span>
  return (
    <span class="clipped">
      <span class={isNested(value) ? 'nested' : 'text'}>{text.slice(0, 300)}</span>
      <button
        type="button"
        class="peek"
        tabIndex={-1}
        aria-label="Show all of this cell"
        title="Show all (Space)"
        onClick={() => openPeek(props.recordKey, { column, value })}
      >
        <Icon name="peek" />
      </button>
    </span>
  )
}

/** A text in several languages: the reader's, and how many more there are. */
function LocalizedValue(props: {
  readonly recordKey: string
  readonly column: TableColumn
  readonly texts: { readonly [locale: string]: Json }
}): JSX.Element {
  const { column, texts } = props
  const locale = pickLocale(Object.keys(texts))
  if (locale === undefined) return <span class="nested">{'{}'}</span>
  const more = Object.keys(texts).length - 1
  return (
    <span class="clipped">
      <span class="text" lang={locale}>
        {compact(texts[locale] ?? null)}
      </span>
      <button
        type="button"
        class="peek is-locales"
        tabIndex={-1}
        title={`${Object.keys(texts).join(', ')}: show all (Space)`}
        onClick={() => openPeek(props.recordKey, { column, value: texts })}
      >
        {locale}
        {more > 0 && ` +${more}`}
        <span class="visually-hidden">: show all languages</span>
      </button>
    </span>
  )
}
