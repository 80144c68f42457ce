import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import { escapeKey } from '../../src/protocol/record-key.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { joinPath } from '../format/file-path.ts'
import { matchRecordPath } from '../format/record-keys.ts'
import { asParent, checkNewKey, isKeyed, isShared, splitKey } from '../format/record-layout.ts'
import { childFolders } from './child-folders.ts'
import { badArgument, collectionOf, type Planning, refuse } from './planning.ts'
import { fileCodecFor, keyIn, type RecordFileContent, readRecordFiles } from './record-files.ts'
import { guessKeyRename, someGuesses } from './rename-in-text.ts'
import { like, renameReferences } from './rename-references.ts'
import { holds } from './rewrite-records.ts'

type RenameRecord = Extract<SchemaChange, { kind: 'rename-record' }>

/** Gives a record another key: its file or row, what is stored of the key in it, its subcollections, references to it. */
export async function renameRecord(planning: Planning, change: RenameRecord): Promise<void> {
  const { collection, references } = change
  const definition = collectionOf(planning, collection)
  const key = change.key.normalize('NFC')
  const to = checkNewKey(definition, change.to)
  const { parent, own } = splitKey(definition, key)
  const target = splitKey(definition, to)
  if (target.parent !== parent) badArgument(`"${key}" cannot move to another parent ("${to}").`)
  if (key === to) return
  const files = await readRecordFiles(planning, definition, 'warning')
  const keys = files.flatMap((file) => [...file.records.keys()].map((each) => keyIn(file, each)))
  const file = files.find((each) => each.parent === parent && each.records.has(own))
  if (file === undefined) {
    throw new EspalierError('record/missing', `There is no record "${key}" in "${collection}".`, {
      data: { collection, key },
    })
  }
  const twin = keys.find((each) =>
    isKeyed(definition) ? each !== key && each.toLowerCase() === to.toLowerCase() : each === to,
  )
  if (twin !== undefined) {
    refuse('format/duplicate-key', `"${collection}" has a record "${twin}" already.`, {
      file: file.path,
      collection,
      key: twin,
    })
  }
  if (references === 'restrict') {
    const known = planning.issues.length
    await renameReferences(planning, { ...change, key, to }, 'restrict')
    if (planning.issues.slice(known).some(({ severity }) => severity === 'error')) return
  }
  if (isShared(definition)) renameRow(planning, definition, file, own, target.own)
  else renameFile(planning, definition, file, own, target.own)
  planning.touch(collection, to)
  await moveSubcollections(planning, definition, key, to)
  planning.follow.push((place) =>
    place.collection === collection && place.key === key ? { ...place, key: to } : place,
  )
  planning.summary.push(`Rename record "${key}" of "${collection}" to "${to}".`)
  if (references === 'restrict') return
  for (const next of await renameReferences(planning, { ...change, key, to }, 'update')) {
    await renameRecord(planning, { ...change, ...next })
  }
}

/** A record with a file of its own. */
function renameFile(
  { tree, options, issues }: Planning,
  definition: CollectionDefinition,
  file: RecordFileContent,
  own: string,
  to: string,
): void {
  const { id, recordFile } = definition
  const relative = recordFile.name.replaceAll('{key}', () => escapeKey(to))
  if (!isKeyed(definition) || matchRecordPath(definition, relative) !== to) {
    refuse('format/no-key', `The file "${relative}" would not be read as the record "${to}".`, {
      file: file.path,
      collection: id,
      key: own,
    })
  }
  const depth = recordFile.name.split('/').length
  const path = joinPath(file.path.split('/').slice(0, -depth).join('/'), relative)
  const old = file.records.get(own) ?? {}
  const value = renamedValue(definition, old, own, to, ['$ID', '$id'])
  if (value === old) return tree.move(file.path, path)
  const codec = fileCodecFor(definition, options)
  const values = new Map([[to, value]])
  const guesses = guessKeyRename(definition, file.bytes, { key: own, to, fields: ['$ID', '$id'] })
  try {
    const bytes = [...someGuesses(guesses)].find((guess) => holds(codec, guess, to, values))
    tree.remove(file.path)
    tree.write(path, bytes ?? codec.edit(file.bytes, values))
  } catch (error) {
    if (!isEspalierError(error)) throw error
    const { message } = error
    issues.push({
      code: 'format/bad-record',
      severity: 'error',
      message,
      file: file.path,
      collection: id,
      key: own,
    })
  }
}

/** A record in a file of many: in its place where the text allows it, else at the end. */
function renameRow(
  { tree, options, issues }: Planning,
  definition: CollectionDefinition,
  file: RecordFileContent,
  own: string,
  to: string,
): void {
  const codec = fileCodecFor(definition, options)
  const old = file.records.get(own) ?? {}
  const fields = definition.primaryKey.length > 0 ? definition.primaryKey : ['$ID', '$id', 'id']
  const value = renamedValue(definition, old, own, to, fields)
  const values = new Map([...file.records].map(([key, each]) => (key === own ? [to, value] : [key, each])))
  try {
    for (const ordered of [true, false]) {
      for (const bytes of candidates(ordered)) {
        if (holds(codec, bytes, undefined, values, ordered)) return tree.write(file.path, bytes)
      }
    }
    throw new EspalierError('format/edit-refused', `"${own}" cannot be renamed in "${file.path}".`)
  } catch (error) {
    if (!isEspalierError(error)) throw error
    const { message } = error
    const place = { file: file.path, collection: definition.id, key: keyIn(file, own) }
    issues.push({ code: 'format/bad-record', severity: 'error', message, ...place })
  }

  function* candidates(ordered: boolean): Iterable<Uint8Array> {
    if (ordered) {
      const [oldPart, newPart] = changedPart(own, to)
      yield* someGuesses(guessKeyRename(definition, file.bytes, { key: oldPart, to: newPart, fields }))
    } else {
      yield codec.edit(
        file.bytes,
        new Map([
          [own, null],
          [to, value],
        ]),
      )
    }
  }
}

/** The parts of a joined primary key that differ, when it is one of them; else the whole keys. */
function changedPart(own: string, to: string): readonly [string, string] {
  const [from, target] = [own.split('\u001f'), to.split('\u001f')]
  const changed = from.flatMap((part, index) => (part === target[index] ? [] : [index]))
  const [index = 0] = changed
  return changed.length === 1 ? [from[index] ?? own, target[index] ?? to] : [own, to]
}

/** The record with the key that its own fields say; the same object when none does. */
function renamedValue(
  definition: CollectionDefinition,
  value: RecordValue,
  own: string,
  to: string,
  fields: readonly string[],
): RecordValue {
  const isPrimary = definition.primaryKey === fields && fields.every((name) => Object.hasOwn(value, name))
  const parts = isPrimary ? to.split('\u001f') : []
  if (isPrimary && parts.length !== fields.length) {
    refuse('format/no-key', `A key of "${definition.id}" has ${fields.length} part(s), joined with U+001F.`, {
      file: definition.definitionPath,
      collection: definition.id,
      key: own,
    })
  }
  const changed = Object.entries(value).map(([name, field]): [string, Json] => {
    const index = fields.indexOf(name)
    if (index === -1 || (!isPrimary && String(field).normalize('NFC') !== own)) return [name, field]
    return [name, like(field, isPrimary ? (parts[index] ?? '') : to)]
  })
  return changed.every(([name, field]) => field === value[name]) ? value : Object.fromEntries(changed)
}

/** The folders of a record's subcollections go with it. */
async function moveSubcollections(
  planning: Planning,
  definition: CollectionDefinition,
  key: string,
  to: string,
): Promise<void> {
  const { tree, schema } = planning
  for (const child of schema.collections.values()) {
    if (child.parent !== definition.id) continue
    const from = childFolders(child, asParent(definition, key))
    const target = childFolders(child, asParent(definition, to))
    for (const [index, folder] of from.entries()) {
      for (const file of await tree.filesBelow(folder)) {
        tree.move(file, joinPath(target[index] ?? folder, file.slice(folder.length + 1)))
      }
    }
  }
}
