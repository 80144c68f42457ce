import type { WorkingChange } from '../../../src/protocol/records.ts'
import { compareKeys } from '../../records/record-map.ts'
import { changeKind, type WorkingChanges } from '../branches/working-changes.ts'

/** Git's tools show so much of a line. */
const maxLength = 72
const maxListed = 10

const verbs: Readonly<Record<WorkingChange['kind'], string>> = {
  insert: 'Add',
  update: 'Update',
  delete: 'Remove',
}

/** A message that names what a commit changes: one record, or how many of each kind and where, with a list. */
export function defaultMessage(changes: WorkingChanges): string {
  const ids = [...changes.collections()].sort(compareKeys)
  const counts = { insert: 0, update: 0, delete: 0 }
  const lines: string[] = []
  for (const id of ids) {
    const records = changes.of(id)
    for (const change of records.values()) counts[changeKind(change)]++
    if (lines.length === maxListed) continue
    for (const key of [...records.keys()].sort(compareKeys).slice(0, maxListed - lines.length)) {
      const change = records.get(key)
      if (change) lines.push(`${verbs[changeKind(change)]} ${printable(`${id}/${key}`)}`)
    }
  }
  const [only] = lines
  if (changes.size === 1 && only !== undefined) return cut(only)
  const list = lines.map((line) => cut(`- ${line}`))
  if (changes.size > lines.length) list.push(`- and ${changes.size - lines.length} more`)
  return `${subject(counts, ids)}\n\n${list.join('\n')}`
}

function subject(counts: Readonly<Record<WorkingChange['kind'], number>>, ids: readonly string[]): string {
  const kinds = (['insert', 'update', 'delete'] as const).filter((kind) => counts[kind] > 0)
  const parts = kinds.map((kind, at) => {
    const verb = verbs[kind]
    return `${at === 0 ? verb : verb.toLowerCase()} ${counts[kind]}`
  })
  const what = `${parts.join(', ')}${parts.length === 1 ? ' records' : ''} in `
  const names = ids.map(printable)
  const named = what + [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ')
  return ids.length === 1 || named.length <= maxLength ? cut(named) : `${what}${ids.length} collections`
}

/** Keys are anybody's: on one line, without what a terminal obeys or what turns the direction of text. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\uFFFD')
}

function cut(line: string): string {
  if (line.length <= maxLength) return line
  const characters = Array.from(line)
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`
}
