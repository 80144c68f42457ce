import type { Issue } from '../../src/protocol/issues.ts'
import type { CollectionDefinition, View } from '../../src/protocol/schema.ts'

/** What of a collection's definition names a column so that dropping or renaming it would break it. */
export function columnUses(definition: CollectionDefinition, name: string): readonly Issue[] {
  const { id, definitionPath: file, columns } = definition
  const issues: Issue[] = []
  const report = (message: string, path: readonly string[]): void => {
    issues.push({ code: 'format/bad-definition', severity: 'error', message, file, collection: id, path })
  }
  for (const column of columns) {
    if (column.name === name) continue
    for (const [key, text] of [
      ['formula', column.formula],
      ['required_when', column.requiredWhen],
    ] as const) {
      if (text === undefined || !mentions(text, name)) continue
      report(`The ${key} of column "${column.name}" uses "${name}"; change it first.`, [
        'columns',
        column.name,
        key,
      ])
    }
  }
  const { locale } = columns.find((column) => column.name === name) ?? {}
  const short = columns.find((column) => column.locale !== undefined && `${column.name}s` === name)
  if (locale !== undefined) {
    report(`"${name}" stands for the ${locale} text in "${name}s"; take its "locale" away first.`, [
      'columns',
      name,
    ])
  } else if (short !== undefined) {
    report(`"${short.name}" stands for a text in "${name}"; take its "locale" away first.`, [
      'columns',
      short.name,
    ])
  }
  return issues
}

/** What of a definition cannot do without a column, although a renaming would follow it. */
export function dropUses(definition: CollectionDefinition, name: string): readonly Issue[] {
  const { id, definitionPath, columns, primaryKey, recordFile, defaultView, views = [] } = definition
  const wrong: (readonly [message: string, file?: string | undefined])[] = []
  if (columns.length === 1) wrong.push([`"${name}" is the only column; drop the collection instead.`])
  if (primaryKey.includes(name)) wrong.push([`"${name}" is part of the primary key.`])
  if (recordFile.contentField === name) wrong.push([`"${name}" holds the text below the front matter.`])
  for (const view of defaultView === undefined ? views : [defaultView, ...views]) {
    if (!viewNames(view, name) && !viewMentions(view, name)) continue
    const what = view.id === '' ? 'The default view' : `The view "${view.id}"`
    wrong.push([`${what} uses "${name}"; change it first.`, view.definitionPath])
  }
  return wrong.map(([message, file = definitionPath]) => {
    return { code: 'format/bad-definition', severity: 'error', message, file, collection: id }
  })
}

/** Whether an expression names something; also true where the name is only part of a text. */
function mentions(expression: string, name: string): boolean {
  const words: readonly string[] = expression.match(/[\p{L}\p{N}_$]+/gu) ?? []
  return words.includes(name) || (!/^[\p{L}\p{N}_$]+$/u.test(name) && expression.includes(name))
}

/** Whether a view names a column in a way that follows a renaming (its list and its order). */
export function viewNames(view: View, name: string): boolean {
  return view.columns?.includes(name) === true || view.orderBy?.split(/\s+/, 1)[0] === name
}

/** Whether a view names a column in text that is not rewritten. */
export function viewMentions(view: View, name: string): boolean {
  return (
    mentions(view.where ?? '', name) ||
    [view.id, view.fileName, ...Object.values(view.titles)].some((text) => text?.includes(`{${name}}`))
  )
}
