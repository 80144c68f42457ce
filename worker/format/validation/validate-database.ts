import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { ValidateOptions, ValidationReport } from '../../../src/protocol/validation.ts'
import { splitKey } from '../record-layout.ts'
import { compareText } from './compare-text.ts'
import { countIssues } from './record-counts.ts'
import type { Violation } from './record-rules.ts'
import { checkReferences, openReferences, orphanRule } from './references.ts'
import type { CollectionRecords, ValidationSource } from './validation-source.ts'

/** What a validation of changes looks at; everything else is as it was. */
export interface ValidationScope {
  /** Collections whose every record is checked. */
  readonly whole: ReadonlySet<string>
  /** Collections of which some files changed. */
  readonly touched: ReadonlySet<string>
  /** The files that changed. */
  readonly files: ReadonlySet<string>
  /** Collections that lost keys: all references to them are looked up. */
  readonly lost: ReadonlySet<string>
}

/**
 * Checks a database: its definitions, every record, references between records, parents, and record counts. What is
 * wrong is data; the order is that of collections, then keys, then columns. `options.from` is not for here:
 * see `validateChanges`.
 *
 * @throws EspalierError `record/collection-missing` when an option names a collection that is not there.
 */
export async function validateDatabase(
  source: ValidationSource,
  options: ValidateOptions = {},
  scope?: ValidationScope,
): Promise<ValidationReport> {
  const { schema } = source
  const { collections: wanted, only } = options
  for (const id of wanted ?? []) if (!schema.collections.has(id)) throw collectionMissing(id)
  const isWanted = (id: string | undefined): boolean =>
    wanted === undefined || id === undefined || wanted.includes(id)

  const issues: Issue[] = []
  if (only !== 'records') issues.push(...schema.issues.filter(({ collection }) => isWanted(collection)))
  let collections = 0
  let records = 0
  for (const definition of schema.collections.values()) {
    if (!isWanted(definition.id)) continue
    if (only !== 'definitions') {
      const outcome = await checkCollection(source, definition, scope)
      if (outcome === undefined) continue
      issues.push(...outcome.issues)
      records += outcome.records
    }
    collections++
  }
  const valid = !issues.some(({ severity }) => severity === 'error')
  return { valid, issues, checked: { collections, records } }
}

async function checkCollection(
  source: ValidationSource,
  definition: CollectionDefinition,
  scope: ValidationScope | undefined,
): Promise<{ readonly issues: readonly Issue[]; readonly records: number } | undefined> {
  const { id, readable, columns, parent } = definition
  const whole = scope?.whole.has(id) ?? true
  const named = [parent, ...columns.map(({ references }) => references)]
  const hasLost = scope !== undefined && named.some((other) => scope.lost.has(other ?? ''))
  if (!whole && !hasLost && !scope?.touched.has(id)) return undefined
  if (!readable.ok) return { issues: unreadableIssue(source, definition, readable.reason), records: 0 }

  const { files } = scope ?? {}
  const [{ rules, issues: general }, references, findOrphan, part] = await Promise.all([
    source.rules(id),
    openReferences(source, definition),
    orphanRule(source, definition),
    source.records(id, whole ? undefined : files),
  ])
  // References to what went away may be in any record; the other rules can be broken only in changed files.
  const changed = !whole && hasLost ? new Set(Array.from(part.records, ([key]) => key)) : undefined
  const rows = changed ? await source.records(id) : part
  const found: Issue[] = [...general, ...(await countIssues(source, definition)), ...rows.issues]
  let records = 0
  for (const [key, value] of rows.records) {
    const { own } = splitKey(definition, key)
    if (changed?.has(key) !== false) {
      records++
      for (const violation of rules.check(own, value)) found.push(await issueOf(id, rows, key, violation))
    }
    for (const violation of [...findOrphan(key), ...checkReferences(references, own, value)]) {
      found.push(await issueOf(id, rows, key, violation))
    }
  }
  found.sort((a, b) => compareText(a.key ?? '', b.key ?? ''))
  return { issues: found, records }
}

/** A violation with its address. */
async function issueOf(
  collection: string,
  rows: Pick<CollectionRecords, 'place'>,
  key: string,
  { code, severity, message, path, ...values }: Violation,
): Promise<Issue> {
  const place = await rows.place(key, path)
  return { code, severity, message, ...place, collection, key, path, ...values }
}

/** A collection whose definition says nothing wrong but whose records were not looked at. */
function unreadableIssue(
  { schema }: ValidationSource,
  definition: CollectionDefinition,
  reason: string,
): Issue[] {
  const { id, definitionPath } = definition
  if (schema.issues.some(({ collection, severity }) => collection === id && severity === 'error')) return []
  return [
    {
      code: 'format/bad-definition',
      severity: 'warning',
      message: `The records of "${id}" were not checked: ${reason}.`,
      file: definitionPath,
      collection: id,
    },
  ]
}

function collectionMissing(id: string): EspalierError {
  return new EspalierError('record/collection-missing', `There is no collection "${id}" to validate.`, {
    data: { collection: id },
  })
}
