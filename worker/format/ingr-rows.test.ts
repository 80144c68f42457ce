import { createIngrCodec } from './ingr-rows.ts'
import { anySetRecord, describeRecordSetCodec } from './record-set-codec.suite.ts'

const record = anySetRecord.map((value) =>
  Object.fromEntries(
    Object.entries(value).filter(([name, item]) => item !== null && /^[^\s,:\p{Cc}]+$/u.test(name)),
  ),
)
const dictionary = createIngrCodec({
  id: 'people',
  columns: [],
  columnsOrder: ['name'],
  primaryKey: [],
  recordFile: { name: 'people.ingr', format: 'ingr', type: 'map[$record_id]map[$field_name]any' },
})
describeRecordSetCodec('INGR', dictionary, { record, sorted: true })
