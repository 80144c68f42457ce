import type { Readable, RecordFile } from '../../src/protocol/schema.ts'
import { compileLinearPattern } from './linear-pattern/linear-pattern.ts'
import type { FileIssues } from './schema/schema-issues.ts'
import { createSchemaReader, defined, type SchemaMap } from './schema/schema-values.ts'

/** Announced for a newer layout; they move the records, so ignoring them would read the wrong files. */
const newerKeys = ['records_dir', 'body_files']
const recordFileKeys: ReadonlySet<string> = new Set([
  ...newerKeys,
  'name',
  'format',
  'type',
  'content_field',
  'exclude_regex',
])

/** What `record_file.format` may be. */
export const recordFormats: ReadonlySet<string> = new Set([
  'yaml',
  'yml',
  'json',
  'markdown',
  'toml',
  'ingr',
  'csv',
  'jsonl',
])
const singleRecord = 'map[string]any'
const listOfRecords = '[]map[string]any'
/** Some documents show the second spelling, which other tools refuse. */
const dictionaryOfRecords = 'map[$record_id]map[$field_name]any'
const alsoDictionary = 'map[string]map[string]any'

/** `record_file` of a definition, and whether this version reads such records. */
export interface RecordFileOutcome {
  readonly recordFile: RecordFile
  readonly readable: Readable
}

/** Reads `record_file` leniently. */
export function readRecordFile(map: SchemaMap | undefined, issues: FileIssues): RecordFileOutcome {
  if (map === undefined) {
    issues.error('format/bad-definition', 'A definition needs "record_file".')
    return {
      recordFile: { name: '', format: '', type: '' },
      readable: no('its definition has no "record_file"'),
    }
  }
  const reader = createSchemaReader(map, ['record_file'], issues)
  reader.reportUnknown(recordFileKeys)
  const recordFile = defined<RecordFile>({
    name: reader.string('name') ?? '',
    format: reader.string('format') ?? '',
    type: reader.string('type') ?? '',
    contentField: reader.string('content_field'),
    excludeRegex: reader.string('exclude_regex'),
  })
  for (const key of ['name', 'format', 'type'] as const) {
    if (recordFile[key] === '') {
      issues.error('format/bad-definition', `"record_file" needs "${key}".`, ['record_file', key])
      return { recordFile, readable: no(`its "record_file" has no "${key}"`) }
    }
  }
  const newer = newerKeys.find((key) => map.has(key))
  if (newer !== undefined) {
    issues.refuse('format/other-generation', `"${newer}" belongs to a newer format.`, ['record_file', newer])
    return { recordFile, readable: no(`"${newer}" belongs to a newer format`) }
  }
  const wrong = impossible(recordFile)
  if (wrong !== undefined) {
    issues.error('format/bad-definition', `${wrong}.`, ['record_file', 'type'])
    return { recordFile, readable: no(wrong) }
  }
  if (recordFile.type === alsoDictionary) {
    const message = `Other tools know this type as "${dictionaryOfRecords}" only.`
    issues.refuse('format/bad-value', message, reader.path('type'))
  }
  if (recordFile.contentField !== undefined && recordFile.format !== 'markdown') {
    issues.refuse(
      'format/bad-value',
      '"content_field" works in Markdown files only.',
      reader.path('content_field'),
    )
  }
  return { recordFile, readable: readability(recordFile, issues) }
}

/** Combinations that the format forbids. */
function impossible({ name, format, type }: RecordFile): string | undefined {
  if (!recordFormats.has(format)) return `The format "${format}" is not known`
  const list = type === listOfRecords
  const single = type === singleRecord
  if (!list && !single && type !== dictionaryOfRecords && type !== alsoDictionary)
    return `The record type "${type}" is not known`
  if (format === 'markdown' && !single) return 'Markdown files hold one record each'
  if (format === 'ingr' && single) return 'An INGR file holds many records'
  if (format === 'toml' && list) return 'A TOML file cannot be a list of records'
  if ((format === 'csv' || format === 'jsonl') && !list) return `A ${format} file is a list of records`
  if (!single && name.includes('{key}')) return 'A file of many records needs a name without "{key}"'
  return undefined
}

function readability(recordFile: RecordFile, issues: FileIssues): Readable {
  const { name, excludeRegex } = recordFile
  if (!usableTemplate(name)) {
    issues.error('format/bad-definition', `The file name "${name}" is not a usable template.`, [
      'record_file',
      'name',
    ])
    return no(`the file name "${name}" is not a usable template`)
  }
  if (excludeRegex !== undefined) {
    const pattern = compileLinearPattern(excludeRegex)
    if (!pattern.ok) {
      const message = `"exclude_regex" is not usable: ${pattern.reason}`
      issues.error('format/bad-definition', `${message}.`, ['record_file', 'exclude_regex'])
      return no(message)
    }
  }
  return { ok: true }
}

/** No placeholder but `{key}`, normal segments, and nothing that could leave or hide in the records folder. */
function usableTemplate(name: string): boolean {
  const rest = name.replaceAll('{key}', '')
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[{}\\\u0000-\u001f\u007f]/.test(rest)) return false
  return name.split('/').every((segment) => segment !== '' && !segment.startsWith('.'))
}

function no(reason: string): Readable {
  return { ok: false, reason }
}
