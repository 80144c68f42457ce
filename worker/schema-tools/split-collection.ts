import { isEspalierError } from '../../src/protocol/errors.ts'
import { escapeKey } from '../../src/protocol/record-key.ts'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { joinPath } from '../format/file-path.ts'
import { checkKey, matchRecordPath } from '../format/record-keys.ts'
import { asParent, isShared } from '../format/record-layout.ts'
import { childFolders } from './child-folders.ts'
import { assertOwn, definitionFiles, findFile } from './definition-files.ts'
import { collectionOf, editFile, type Planning, refuse } from './planning.ts'
import { fileCodecFor, keyIn, type RecordFileContent, readRecordFiles } from './record-files.ts'
import { holds } from './rewrite-records.ts'
import type { SchemaEdit } from './schema-text.ts'

/** The formats that hold single records and that are written. */
const singleFormats: readonly string[] = ['yaml', 'yml', 'json']

/** Turns files of many records into one file per record, with equal values. */
export async function splitCollection(
  planning: Planning,
  { collection, name: wished, format: wishedFormat }: Extract<SchemaChange, { kind: 'split-collection' }>,
): Promise<void> {
  const { tree } = planning
  const before = collectionOf(planning, collection)
  const place = { file: before.definitionPath, collection }
  if (!isShared(before)) {
    return refuse('format/bad-definition', `"${collection}" has one file per record already.`, place)
  }
  const format = wishedFormat ?? before.recordFile.format
  if (!singleFormats.includes(format)) {
    refuse(
      'format/bad-definition',
      `A ${format} file cannot hold a single record; choose a format ("yaml" or "json") for the new files.`,
      place,
    )
  }
  const { name: oldName } = before.recordFile
  const extension = wishedFormat ?? (/\.([^./]+)$/.exec(oldName)?.[1] || format)
  const name = wished ?? `{key}.${extension}`
  if (!name.includes('{key}')) refuse('format/bad-value', `The file name "${name}" needs "{key}".`, place)

  const files = await readRecordFiles(planning, before)
  const children = [...planning.schema.collections.values()].filter(({ parent }) => parent === collection)
  const definition = findFile(await definitionFiles(tree, before.definitionPath), 'record_file')
  const path = definition?.path ?? before.definitionPath
  await assertOwn(planning, before, path, '"record_file"')
  const settings = { name, type: 'map[string]any', ...(wishedFormat ? { format } : {}) }
  await editFile(
    planning,
    path,
    Object.entries(settings).map(([key, value]): SchemaEdit => ({
      kind: 'set',
      path: ['record_file', key],
      value,
    })),
    collection,
  )
  await planning.reread()
  const after = collectionOf(planning, collection)
  if (!after.readable.ok) return // the schema's issues say why

  for (const file of files) splitFile(planning, after, file, oldName)
  for (const child of children) {
    const target = collectionOf(planning, child.id)
    for (const file of files) {
      for (const own of file.records.keys()) {
        const parent = asParent(before, keyIn(file, own))
        const [to] = childFolders(target, parent)
        const [from] = childFolders(child, parent)
        if (from === undefined || to === undefined) continue
        for (const each of await tree.filesBelow(from))
          tree.move(each, joinPath(to, each.slice(from.length + 1)))
      }
    }
  }
  const count = files.reduce((sum, { records }) => sum + records.size, 0)
  planning.summary.push(`Split "${collection}" into one ${format} file for each of ${count} record(s).`)
}

function splitFile(
  { tree, options, issues, touch }: Planning,
  after: CollectionDefinition,
  file: RecordFileContent,
  oldName: string,
): void {
  const codec = fileCodecFor(after, options)
  const folder = file.path.split('/').slice(0, -oldName.split('/').length).join('/')
  const taken = new Map<string, string>()
  tree.remove(file.path)
  for (const [own, value] of file.records) {
    const report = (message: string): void => {
      const place = { file: file.path, collection: after.id, key: keyIn(file, own) }
      issues.push({ code: 'format/no-key', severity: 'error', message, ...place })
    }
    const relative = after.recordFile.name.replaceAll('{key}', () => escapeKey(own))
    const twin = taken.get(relative.toLowerCase())
    if (twin !== undefined) {
      report(`The files of "${own}" and "${twin}" would have the same name on many computers.`)
      continue
    }
    taken.set(relative.toLowerCase(), own)
    try {
      checkKey(own)
      const bytes = codec.create(new Map([[own, value]]))
      if (matchRecordPath(after, relative) !== own)
        report(`The file "${relative}" would not be read as a record.`)
      else if (!holds(codec, bytes, own, new Map([[own, value]])))
        report(`"${own}" cannot be written as a file.`)
      else tree.write(joinPath(folder, '$records', relative), bytes)
      touch(after.id, keyIn(file, own))
    } catch (error) {
      if (!isEspalierError(error)) throw error
      report(error.message)
    }
  }
}
