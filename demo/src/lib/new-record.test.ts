import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TableColumn } from './columns.ts'
import { parseRecord, startText } from './new-record.ts'

// Node 20 has no navigator: the reader's languages come from there.
beforeAll(() => void vi.stubGlobal('navigator', { languages: ['fr'] }))
afterAll(() => void vi.unstubAllGlobals())

function column(name: string, type: string, required = false): TableColumn {
  return { name, title: name, type, required, enum: [], references: null, numeric: false }
}

const columns = [
  column('code', 'string', true),
  column('names', 'map[locale]string', true),
  column('n', 'int'),
]

test('what is missing and what does not parse is said for each field', () => {
  const parsed = parseRecord(columns, ' ', new Map([['n', 'two']]), [])
  expect(parsed.ok ? [] : [...parsed.problems.keys()]).toEqual(['$id', 'code', 'names', 'n'])
})

test('empty optional fields are left out, and names of any kind stay own fields', () => {
  const texts = new Map([
    ['code', 'XK'],
    ['names', '{"en": "Kosovo"}'],
    ['__proto__', 'x'],
  ])
  const parsed = parseRecord([...columns, column('__proto__', 'string')], ' xk ', texts, [])
  expect(parsed.ok && parsed.key).toBe('xk')
  expect(JSON.stringify(parsed.ok && parsed.value)).toBe(
    '{"code":"XK","names":{"en":"Kosovo"},"__proto__":"x"}',
  )
})

test('a text in languages starts with one that the other records have', () => {
  const rows = [{ $id: 'a', $rev: 'r', names: { de: 'A' } }]
  expect(startText(columns[1] ?? column('', ''), rows)).toBe('{"de":""}')
})
