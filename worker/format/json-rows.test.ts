import { describeRecordSetCodec } from './record-set-codec.suite.ts'
import { createListKeys } from './list-keys.ts'
import { createJsonLines } from './jsonl-rows.ts'
import { createJsonRows } from './json-rows.ts'
import { createRowsCodec } from './rows-codec.ts'

const order = ['id', 'name']
const keys = createListKeys({ primaryKey: [] })
const list = createRowsCodec(createJsonRows(false, order), { keys })
const dictionary = createRowsCodec(createJsonRows(true, order), {})
const lines = createRowsCodec(createJsonLines(order), { keys })

describeRecordSetCodec('JSON list', list)
describeRecordSetCodec('JSON dictionary', dictionary)
describeRecordSetCodec('JSON lines', lines)
describeRecordSetCodec(
  'JSON list with a primary key',
  createRowsCodec(createJsonRows(false, order), { keys: createListKeys({ primaryKey: ['code'] }) }),
  { withKey: (key, value) => ({ ...value, code: key }) },
)
