import { EspalierError } from '../../src/protocol/errors.ts'
import { escapeKey, unescapeKey } from '../../src/protocol/record-key.ts'
import type { CollectionDefinition, RecordFile } from '../../src/protocol/schema.ts'
import { compileLinearPattern } from './linear-pattern/linear-pattern.ts'
import { joinPath } from './file-path.ts'

/** Longest key, in UTF-8 bytes as stored: leaves room for affixes within the 255 bytes of file systems. */
const maxKeyBytes = 200
/** Names that Windows keeps for devices, with any extension. */
const windowsDevice = /^(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])(?:\.|$)/i
/** What most keys are: allowed whatever else is asked, in one quick look. */
const ordinaryKey = /^[\w-]{5,200}$/
const slot = '{key}'

/**
 * Returns the key in the form in which it is kept (NFC).
 *
 * @throws EspalierError `record/bad-key` when no record may have this key.
 */
export function checkKey(key: string): string {
  if (isOrdinary(key)) return key // and longer than the name of a device
  const normal = checkReadableKey(key)
  if (isDeviceName(normal)) throw badKey(key, 'Windows keeps this name for a device')
  return normal
}

/** The same for a record that exists: some have names that no new one should get. */
function checkReadableKey(key: string): string {
  if (isOrdinary(key)) return key
  const refuse = (why: string): never => {
    throw badKey(key, why)
  }
  if (typeof key !== 'string') return refuse('a key is a string')
  if (/\p{Surrogate}/u.test(key)) return refuse('it is not valid Unicode')
  const normal = key.normalize('NFC')
  if (normal === '') return refuse('it is empty')
  if (normal === '.' || normal === '..') return refuse('"." and ".." name folders')
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f-\u009f]/.test(normal)) return refuse('it holds a control character')
  if (/%2f|%5c/i.test(normal)) return refuse('"%2F" and "%5C" stand for slashes in file names')
  if (new TextEncoder().encode(escapeKey(normal)).length > maxKeyBytes) {
    return refuse(`it is longer than ${maxKeyBytes} bytes`)
  }
  return normal
}

/** Whether Windows would take a file of this name for a device. */
export function isDeviceName(name: string): boolean {
  return windowsDevice.test(name)
}

function isOrdinary(key: string): boolean {
  return typeof key === 'string' && ordinaryKey.test(key)
}

/** The error for a key that a record cannot have. */
export function badKey(key: string, why: string): EspalierError {
  return new EspalierError('record/bad-key', `The key ${quote(key)} is not allowed: ${why}.`, {
    data: { key },
  })
}

/**
 * The path of a record's file, from the database root.
 *
 * @throws EspalierError `record/bad-key` when the key is not allowed, or when its file would not be seen as
 * this record again (hidden, or excluded by `exclude_regex`).
 */
export function recordPath(definition: CollectionDefinition, key: string): string {
  const normal = checkReadableKey(key)
  const relative = fileNameOf(definition, normal)
  if (matchRecordPath(definition, relative) !== normal) {
    throw new EspalierError(
      'record/bad-key',
      `The key ${quote(key)} is not allowed in "${definition.id}": its file "${relative}" would not be read as a record.`,
      { data: { key, collection: definition.id } },
    )
  }
  return joinPath(definition.recordsDir, relative)
}

/** The usual path of a record's file, for messages: the key is not checked. */
export function usualPath(definition: CollectionDefinition, key: string): string {
  return joinPath(definition.recordsDir, fileNameOf(definition, key))
}

function fileNameOf({ recordFile }: CollectionDefinition, key: string): string {
  return recordFile.name.replaceAll(slot, () => escapeKey(key))
}

/**
 * The key of the record that a file holds, or undefined when the file is not a record of the collection.
 * `relativePath` goes from `definition.recordsDir`. Keys are NFC; a file whose name is in another
 * normalisation form has the same key, so keep the path that was read when you write the record back.
 */
export function matchRecordPath(definition: CollectionDefinition, relativePath: string): string | undefined {
  const { recordFile } = definition
  let matcher = matchers.get(recordFile)
  if (matcher === undefined) {
    matcher = createMatcher(recordFile)
    matchers.set(recordFile, matcher)
  }
  return matcher(relativePath)
}

type Matcher = (relativePath: string) => string | undefined

const matchers = new WeakMap<RecordFile, Matcher>()

function createMatcher({ name, excludeRegex }: RecordFile): Matcher {
  if (!name.includes(slot)) return () => undefined
  const pattern = excludeRegex === undefined ? undefined : compileLinearPattern(excludeRegex)
  if (pattern?.ok === false) return () => undefined
  const literals = name.split(slot)
  const [prefix = '', suffix = ''] = literals
  const simple = literals.length === 2 && !name.includes('/')
  const templateSegments = name.split('/')
  const keySegment = templateSegments.findIndex((segment) => segment.includes(slot))
  const keyLiterals = (templateSegments[keySegment] as string).split(slot) // found: `name` includes the slot
  const literalLength = keyLiterals.reduce((sum, literal) => sum + literal.length, 0)
  const depth = templateSegments.length - 1

  const storedKey = (path: string): string | undefined => {
    if (simple) {
      const end = path.length - suffix.length
      if (end <= prefix.length || !path.startsWith(prefix) || !path.endsWith(suffix)) return undefined
      return path.includes('/') ? undefined : path.slice(prefix.length, end)
    }
    const segments = path.split('/')
    const segment = segments[keySegment]
    if (segments.length - 1 !== depth || segment === undefined) return undefined
    // Every slot has the same text, so its length follows; rebuilding checks the rest.
    const length = (segment.length - literalLength) / (keyLiterals.length - 1)
    if (length < 1 || !Number.isInteger(length)) return undefined
    const start = (keyLiterals[0] as string).length // split always gives one element
    const key = segment.slice(start, start + length)
    return name.replaceAll(slot, () => key) === path ? key : undefined
  }

  return (path) => {
    if (path.charCodeAt(0) === 0x2e || path.includes('/.')) return undefined
    const stored = storedKey(path)
    if (stored === undefined) return undefined
    if (pattern?.test(path.slice(path.lastIndexOf('/') + 1)) === true) return undefined
    return unescapeKey(stored).normalize('NFC')
  }
}

function quote(key: unknown): string {
  const text = JSON.stringify(key) ?? String(key)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
