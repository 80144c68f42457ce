import { escapeKey, unescapeKey } from '../../src/protocol/record-key.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { baseName } from './file-path.ts'
import { badKey, checkKey, matchRecordPath } from './record-keys.ts'

/**
 * Where the records of a collection lie, whatever its layout. A record of a subcollection has the key `parent/own`
 * (`p1/p2/own` deeper down), each segment escaped as in file names; keys of root collections stand as they are.
 */
export interface KeyParts {
  /** The parents' segments joined with `/`; '' in a root collection. */
  readonly parent: string
  /** The record's own key, not escaped. */
  readonly own: string
}

const slot = '{key}'

/** Whether one file holds many records. */
export function isShared({ recordFile }: CollectionDefinition): boolean {
  return recordFile.type !== 'map[string]any'
}

/** Whether each record has a file that is named after it. */
export function isKeyed({ recordFile }: CollectionDefinition): boolean {
  return recordFile.name.includes(slot)
}

/** Takes a key apart. Throws `record/bad-key` when it does not have the segments of the collection. */
export function splitKey(definition: CollectionDefinition, key: string): KeyParts {
  const depth = parentLevels(definition)
  if (depth === 0) return { parent: '', own: key }
  const segments = key.split('/')
  if (segments.length !== depth + 1 || segments.includes('')) {
    throw badKey(key, `the keys of ${definition.id} are ${'parent/'.repeat(depth)}own`)
  }
  return { parent: segments.slice(0, -1).join('/'), own: unescapeKey(segments[depth] as string) } // depth + 1 segments
}

/** The whole key of a record. */
export function joinKey(parent: string, own: string): string {
  return parent === '' ? own : `${parent}/${escapeKey(own)}`
}

/**
 * A key as records are known by: NFC, its segments escaped. Whether a new record could have it is not asked.
 *
 * @throws EspalierError `record/bad-key`
 */
export function normalKey(definition: CollectionDefinition, key: string): string {
  const { parent, own } = splitKey(definition, keyText(key))
  return joinKey(parent, own)
}

/** A key as it is compared. Throws `record/bad-key` for what is no text: keys come from apps. */
export function keyText(key: string): string {
  if (typeof key !== 'string') throw badKey(key, 'a key is a string')
  return key.normalize('NFC')
}

/** The key by which the parent collection knows the parent; undefined in a root collection. */
export function parentKey(definition: CollectionDefinition, key: string): string | undefined {
  const depth = parentLevels(definition)
  if (depth === 0) return undefined
  const parent = key.slice(0, key.lastIndexOf('/'))
  return depth === 1 ? unescapeKey(parent) : parent
}

/** The segments under which a record's own subcollections lie: the `parent` of their keys. */
export function asParent(definition: CollectionDefinition, key: string): string {
  return parentLevels(definition) === 0 ? escapeKey(key) : key
}

/**
 * A new record's key in the form in which it is kept.
 *
 * @throws EspalierError `record/bad-key`
 */
export function checkNewKey(definition: CollectionDefinition, key: string): string {
  // Those of most collections need not be taken apart.
  if (definition.parent === undefined && !isShared(definition) && isKeyed(definition)) return checkKey(key)
  const { parent, own } = splitKey(definition, keyText(key))
  if (parent !== '') for (const segment of parent.split('/')) checkParent(segment)
  return joinKey(parent, isShared(definition) ? checkRowKey(own, parent) : checkFileKey(definition, own))
}

/** A parent names a folder, whatever its own record lies in. */
function checkParent(segment: string): void {
  checkKey(unescapeKey(segment))
  if (parentOfFolder(segment) !== segment) throw badKey(segment, 'no folder of records can have this name')
}

function checkFileKey(definition: CollectionDefinition, own: string): string {
  if (isKeyed(definition)) return checkKey(own)
  const only = fixedKey(definition)
  if (own !== only) throw badKey(own, `${definition.id} holds one record, "${only}"`)
  return own
}

/** Keys inside a file may be what file names may not; `\x1f` joins the parts of a primary key. */
function checkRowKey(own: string, parent: string): string {
  const problem = rowKeyProblem(own, parent)
  if (problem !== undefined) throw badKey(own, problem)
  return own
}

/** Why a row of a shared file cannot have this key; undefined when it can. */
export function rowKeyProblem(own: string, parent: string): string | undefined {
  if (own === '') return 'it is empty'
  if (/\p{Surrogate}/u.test(own)) return 'it is not valid Unicode'
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001e\u007f-\u009f]/.test(own)) return 'it holds a control character'
  if (parent !== '' && /%2f|%5c/i.test(own)) return '"%2F" and "%5C" stand for slashes in keys'
  return undefined
}

/** The key of the record in a file with a fixed name: the name without its extension. */
export function fixedKey({ recordFile }: CollectionDefinition): string {
  const name = baseName(recordFile.name)
  const dot = name.lastIndexOf('.')
  return (dot > 0 ? name.slice(0, dot) : name).normalize('NFC')
}

/** The folders of one parent's records, the one for new records first; without slots in a root collection. */
export function instanceDirs(definition: CollectionDefinition, parent: string): readonly string[] {
  return folderTemplates(definition).map((template) => {
    const parents = parent.split('/')
    return template.map((segment) => (segment === slotSegment ? parents.shift() : segment)).join('/')
  })
}

/** Stands for a parent's key in a template. Not a name that a folder could have. */
export const slotSegment: unique symbol = Symbol('parent')

/** The segments of a folder's path; a slot for each parent, outermost first. */
export type FolderTemplate = readonly (string | typeof slotSegment)[]

const templates = new WeakMap<CollectionDefinition, readonly FolderTemplate[]>()

/** The folders that may hold records, the preferred one first. */
export function folderTemplates(definition: CollectionDefinition): readonly FolderTemplate[] {
  const known = templates.get(definition)
  if (known) return known
  const { recordsDir, otherRecordsDirs = [] } = definition
  const made = [recordsDir, ...otherRecordsDirs].map((dir) => {
    let slots = parentLevels(definition)
    const segments: (string | typeof slotSegment)[] = dir === '' ? [] : dir.split('/')
    // Only the last ones are slots: a folder of the database itself may bear that name.
    for (let i = segments.length - 1; i >= 0 && slots > 0; i--) {
      if (segments[i] !== slot) continue
      segments[i] = slotSegment
      slots--
    }
    return segments
  })
  templates.set(definition, made)
  return made
}

/** The parent's key that a folder name stands for; undefined for folders that are no parent's. */
export function parentOfFolder(name: string): string | undefined {
  // Without `$records` in a template its slot would match that folder.
  if (name === '' || name === '$records' || name.startsWith('.')) return undefined
  return escapeKey(unescapeKey(name)).normalize('NFC')
}

/** What a file of a collection holds. */
export interface RecordFileMatch {
  readonly parent: string
  /** The whole key of the only record; absent when the file holds many. */
  readonly key?: string
}

/** What the file at a path (from the database root) holds of a collection; undefined when it is none of its files. */
export function matchRecordFile(definition: CollectionDefinition, path: string): RecordFileMatch | undefined {
  const { parent, recordsDir, otherRecordsDirs } = definition
  // Most collections have one folder: its path is all that is compared.
  if (parent === undefined && !otherRecordsDirs?.length) {
    const start = recordsDir === '' ? 0 : recordsDir.length + 1
    const isInside = start === 0 || (path.startsWith(recordsDir) && path[start - 1] === '/')
    return isInside ? matchRest(definition, '', path.slice(start)) : undefined
  }
  for (const template of folderTemplates(definition)) {
    const match = matchTemplate(definition, template, path)
    if (match) return match
  }
  return undefined
}

function matchTemplate(
  definition: CollectionDefinition,
  template: FolderTemplate,
  path: string,
): RecordFileMatch | undefined {
  const parents: string[] = []
  let at = 0
  for (const segment of template) {
    const slash = path.indexOf('/', at)
    if (slash === -1) return undefined
    const name = path.slice(at, slash)
    if (segment === slotSegment) {
      const parent = parentOfFolder(name)
      if (parent === undefined) return undefined
      parents.push(parent)
    } else if (name !== segment) return undefined
    at = slash + 1
  }
  return matchRest(definition, parents.join('/'), path.slice(at))
}

/** What a file holds, by its path from a folder of records. */
function matchRest(
  definition: CollectionDefinition,
  parent: string,
  rest: string,
): RecordFileMatch | undefined {
  if (!isKeyed(definition)) {
    if (rest !== definition.recordFile.name) return undefined
    return isShared(definition) ? { parent } : { parent, key: joinKey(parent, fixedKey(definition)) }
  }
  const own = matchRecordPath(definition, rest)
  if (own === undefined) return undefined
  return isShared(definition) ? { parent } : { parent, key: joinKey(parent, own) }
}

/** How many parents a record of the collection has. */
export function parentLevels({ id, parent }: CollectionDefinition): number {
  return parent === undefined ? 0 : id.split('/').length - 1
}
