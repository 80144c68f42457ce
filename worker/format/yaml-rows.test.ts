import { createListKeys } from './list-keys.ts'
import { describeRecordSetCodec } from './record-set-codec.suite.ts'
import { createRowsCodec } from './rows-codec.ts'
import { createYamlRows } from './yaml-rows.ts'

const order = ['id', 'name']
const list = createRowsCodec(createYamlRows(false, order), { keys: createListKeys({ primaryKey: [] }) })
const dictionary = createRowsCodec(createYamlRows(true, order), {})

describeRecordSetCodec('YAML list', list)
describeRecordSetCodec('YAML dictionary', dictionary)
