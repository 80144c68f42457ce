import { expect, test } from 'vitest'
import { structureDefinition } from './structure-definition.ts'

test.each([
  ['.ingitdb/settings.yaml', 'yaml'],
  ['geo/.collection/definition.yml', 'yml'],
  ['a/b.json', 'json'],
])('%s is read as a record of the format %s', (path, format) => {
  expect(structureDefinition(path)).toMatchObject({
    id: path,
    definitionPath: path,
    recordFile: { name: path, format },
  })
})

test.each(['README.md', 'yaml', 'a.yaml.bak', 'notes/definition.jsonl'])('%s is no such file', (path) => {
  expect(structureDefinition(path)).toBeUndefined()
})
