import type { Issue } from '../../src/protocol/issues.ts'
import type { DatabaseSettings, LanguageSetting } from '../../src/protocol/schema.ts'
import type { FileTree } from './file-tree.ts'
import { parseSchemaFile } from './schema-file.ts'
import { type FileIssues, fileIssues } from './schema-issues.ts'
import { asMap, createSchemaReader, defined } from './schema-values.ts'

const settingsPath = '.ingitdb/settings.yaml'
const settingsKeys: ReadonlySet<string> = new Set(['default_namespace', 'default_record_format', 'languages'])
const languageCode = /^[A-Za-z0-9-]{2,}$/

/** Reads `.ingitdb/settings.yaml`; a missing file means no settings. */
export async function readSettings(tree: FileTree, sink: Issue[]): Promise<DatabaseSettings> {
  const bytes = await tree.readFile(settingsPath)
  if (bytes === undefined) return { languages: [] }
  const parsed = parseSchemaFile(bytes)
  if ('message' in parsed) {
    const { message, ...position } = parsed
    sink.push({
      code: 'format/syntax',
      severity: 'error',
      message: `The settings cannot be read: ${message}.`,
      file: settingsPath,
      ...position,
    })
    return { languages: [] }
  }
  const issues = fileIssues(sink, settingsPath, { parsed })
  const reader = createSchemaReader(parsed.entries, [], issues)
  reader.reportUnknown(settingsKeys)
  return defined<DatabaseSettings>({
    defaultNamespace: reader.string('default_namespace'),
    defaultRecordFormat: reader.string('default_record_format'),
    languages: (reader.list('languages') ?? []).flatMap((entry, index) => {
      const language = readLanguage([...(asMap(entry) ?? [])])
      if (language === undefined) badLanguage(issues, index)
      return language === undefined ? [] : [language]
    }),
  })
}

function readLanguage(entries: readonly (readonly [string, unknown])[]): LanguageSetting | undefined {
  const entry = entries[0]
  if (entry === undefined || entries.length !== 1) return undefined
  const [kind, code] = entry
  if (kind !== 'required' && kind !== 'optional') return undefined
  if (typeof code !== 'string' || !languageCode.test(code)) return undefined
  return { code, required: kind === 'required' }
}

function badLanguage(issues: FileIssues, index: number): void {
  issues.error('format/bad-value', 'A language is one "required: code" or "optional: code".', [
    'languages',
    index,
  ])
}
