import * as fc from 'fast-check'

import type { Column } from '../../src/protocol/schema.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createCsvCodec } from './csv-rows.ts'
import { describeRecordSetCodec } from './record-set-codec.suite.ts'

function column(name: string, type = 'string', more: Partial<Column> = {}): Column {
  return { name, type, required: false, ...more }
}
const hostile = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '=1+1',
    'a,b',
    '"q"',
    'a\nb',
    'a\r\nb',
    '\r',
    "it's",
    '\\.',
    ' lead',
    '0123',
    'no',
    '\ufeffx',
    '\u0085',
    '🌍',
    '#a',
    'a\tb',
    '<<<<<<<',
    '1e3',
    '"',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }).filter((t) => !t.includes('\0') && !/\p{Surrogate}/u.test(t)),
)
const columns = [
  column('$ID'),
  column('name'),
  column('a'),
  column('count', 'int'),
  column('price', 'float'),
  column('live', 'bool'),
  column('day', 'date'),
  column('__proto__'),
]
const record = fc
  .record(
    {
      name: hostile,
      a: hostile,
      count: fc.maxSafeInteger(),
      price: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      live: fc.boolean(),
      day: fc.constantFrom('2024-01-01', ''),
    },
    { requiredKeys: [] },
  )
  .map((value) => {
    if (value.day === '') delete value.day
    return value as RecordValue
  })
describeRecordSetCodec(
  'CSV',
  createCsvCodec({ columns, columnsOrder: ['$ID', 'name', 'count'], primaryKey: [] }),
  { record },
)
