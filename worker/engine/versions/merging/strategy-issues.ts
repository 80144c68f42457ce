import type { Issue } from '../../../../src/protocol/issues.ts'
import type { DatabaseSchema } from '../../../../src/protocol/schema.ts'
import type { ValidateOptions, ValidationReport } from '../../../../src/protocol/validation.ts'
import { fieldsWithout } from '../check-options.ts'
import { readDeclared, strategiesPath, type StrategyFiles } from './declared-strategies.ts'

/** A report with what is wrong with the merge strategies that the repository declares. */
export async function withStrategyIssues(
  report: ValidationReport,
  { only, collections }: ValidateOptions,
  tree: StrategyFiles,
  schema: DatabaseSchema,
): Promise<ValidationReport> {
  const found = only === 'records' ? [] : await strategyIssues(tree, schema)
  const issues = found.filter(
    ({ collection }) => !collections || collection === undefined || collections.includes(collection),
  )
  if (issues.length === 0) return report
  const isBroken = issues.some(({ severity }) => severity === 'error')
  return { ...report, valid: report.valid && !isBroken, issues: [...issues, ...report.issues] }
}

/** What is no strategy; what names nothing that is there is a warning: it may come with another branch. */
async function strategyIssues(tree: StrategyFiles, schema: DatabaseSchema): Promise<readonly Issue[]> {
  const { strategies, faults, unknown, locate } = await readDeclared(tree)
  const place = (path: readonly string[]): Pick<Issue, 'file' | 'path' | 'line' | 'column'> => ({
    file: strategiesPath,
    path,
    ...(locate(path) ?? { line: 1, column: 1 }),
  })
  const issues: Issue[] = []
  for (const { path, message, at } of faults)
    issues.push({ code: 'format/bad-definition', severity: 'error', message, ...place(path), ...at })
  const warn = (path: readonly string[], message: string, collection?: string): void => {
    const of = collection === undefined ? {} : { collection }
    issues.push({ code: 'format/unknown-key', severity: 'warning', message, ...place(path), ...of })
  }
  for (const { path, message } of unknown) warn(path, message)
  for (const [id, fields] of Object.entries(strategies)) {
    const path = ['merge', 'strategies', id]
    if (!schema.collections.has(id)) {
      warn(path, `There is no collection "${id}": its merge strategies mean nothing.`)
      continue
    }
    for (const [field, strategy] of Object.entries(fields)) {
      const newest = typeof strategy === 'object' && 'newest' in strategy ? [strategy.newest] : []
      for (const name of [field, ...newest]) {
        const known = fieldsWithout(name, id, [schema])
        if (known)
          warn(
            [...path, field],
            `A merge strategy names "${name}", which is no field of ${id}: ${known.join(', ')}.`,
            id,
          )
      }
    }
  }
  return issues
}
