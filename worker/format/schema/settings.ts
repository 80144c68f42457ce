import type { DatabaseSettings, LanguageSetting } from '../../../src/protocol/schema.ts'
import type { FileTree } from '../file-tree.ts'
import { recordFormats } from '../record-file.ts'
import { collectionIdPattern } from './root-collections.ts'
import { fileIssues, type IssueSink, readSchemaFile } from './schema-issues.ts'
import { asMap, createSchemaReader, defined } from './schema-values.ts'

const settingsPath = '.ingitdb/settings.yaml'
const settingsKeys: ReadonlySet<string> = new Set(['default_namespace', 'default_record_format', 'languages'])
const languageCode = /^[A-Za-z0-9-]{2,}$/

/** Reads `.ingitdb/settings.yaml`; a missing file means no settings. */
export async function readSettings(tree: FileTree, sink: IssueSink): Promise<DatabaseSettings> {
  const parsed = await readSchemaFile(tree, settingsPath, sink, { what: 'The settings', optional: true })
  if (parsed === undefined) return { languages: [] }
  const issues = fileIssues(sink, settingsPath, { sources: [{ file: settingsPath, parsed }] })
  const reader = createSchemaReader(parsed.entries, [], issues)
  reader.reportUnknown(settingsKeys)
  const defaultNamespace = reader.string('default_namespace')
  if (defaultNamespace !== undefined && !collectionIdPattern.test(defaultNamespace)) {
    issues.refuse('format/bad-value', `"${defaultNamespace}" is not a valid namespace.`, [
      'default_namespace',
    ])
  }
  const defaultRecordFormat = reader.string('default_record_format')
  if (defaultRecordFormat !== undefined && !recordFormats.has(defaultRecordFormat)) {
    const message = `The record format "${defaultRecordFormat}" is not known.`
    issues.refuse('format/bad-value', message, ['default_record_format'])
  }
  const languages: LanguageSetting[] = []
  reader.list('languages')?.forEach((entry, index) => {
    const language = readLanguage([...(asMap(entry) ?? [])])
    const path = ['languages', index]
    if (language === undefined) {
      issues.refuse('format/bad-value', 'A language is one "required: code" or "optional: code".', path)
      return
    }
    if (language.required && languages.some(({ required }) => !required)) {
      issues.refuse('format/bad-value', 'Required languages stand before optional ones.', path)
    }
    languages.push(language)
  })
  return defined<DatabaseSettings>({ defaultNamespace, defaultRecordFormat, languages })
}

function readLanguage(entries: readonly (readonly [string, unknown])[]): LanguageSetting | undefined {
  const entry = entries[0]
  if (entry === undefined || entries.length !== 1) return undefined
  const [kind, code] = entry
  if (kind !== 'required' && kind !== 'optional') return undefined
  if (typeof code !== 'string' || !languageCode.test(code)) return undefined
  return { code, required: kind === 'required' }
}
