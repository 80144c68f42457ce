import { signal } from '@preact/signals'
import type { Json } from '../../../src/index.ts'
import type { TableColumn } from '../lib/columns.ts'

/** What the peek dialog shows: one cell, or a whole record when `cell` is null. */
export interface Peek {
  readonly key: string
  readonly cell: { readonly column: TableColumn; readonly value: Json | undefined } | null
}

export const peek = signal<Peek | null>(null)

/** Shows a cell, or a whole record, in full. */
export function openPeek(key: string, cell: Peek['cell']): void {
  peek.value = { key, cell }
}
