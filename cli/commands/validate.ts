import type { ValidateOptions, ValidationReport } from '../../src/protocol/validation.ts'
import { withStrategyIssues } from '../../worker/engine/versions/merging/strategy-issues.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { createTreeValidationSource } from '../../worker/format/validation/tree-source.ts'
import { validateChanges } from '../../worker/format/validation/validate-changes.ts'
import { validateDatabase } from '../../worker/format/validation/validate-database.ts'
import type { ValidationSource } from '../../worker/format/validation/validation-source.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import { reportGithub } from '../report/github-report.ts'
import { reportJson } from '../report/json-report.ts'
import type { Report } from '../report/report.ts'
import { reportText } from '../report/text-report.ts'
import type { CommandContext } from '../command.ts'
import { nodePlugins } from '../source/node-plugins.ts'
import { openSource } from '../source/open-source.ts'
import type { Source, Version } from '../source/version.ts'

/** `espalier validate` */
export async function validate(context: CommandContext): Promise<ExitCode> {
  const { args, io } = context
  const [commit, from, to] = ['commit', 'from', 'to'].map((name) => args.value(name))
  if (to !== undefined && from === undefined)
    throw new UsageError('--to needs --from: the revision to compare with.')
  if (to !== undefined && commit !== undefined)
    throw new UsageError('Name the revision once: --commit or --to.')
  const source = await openSource(args, io, 0)
  try {
    const version = await versionOf(source, to ?? commit)
    const report: Report = {
      ...(await check(source, version, from, optionsOf(context))),
      database: source.name,
      prefix: source.prefix,
      ...(version.commit === undefined ? {} : { commit: version.commit }),
      ...(from === undefined ? {} : { from }),
    }
    const format = args.value('format') ?? 'text'
    if (format === 'json') reportJson(report, io)
    else if (format === 'github') await reportGithub(report, io)
    else reportText(report, context.print)
    return report.valid ? exitCodes.ok : exitCodes.issues
  } finally {
    await source.close()
  }
}

/** The files that a command is to look at. */
export function versionOf(source: Source, revision: string | undefined): Promise<Version> {
  return revision === undefined ? source.current() : source.at(revision)
}

async function check(
  source: Source,
  version: Version,
  from: string | undefined,
  options: ValidateOptions,
): Promise<ValidationReport> {
  const after = await validationSource(version)
  const withStrategies = (report: ValidationReport): Promise<ValidationReport> =>
    withStrategyIssues(report, options, version.tree, after.schema)
  if (from === undefined) return withStrategies(await validateDatabase(after, options))
  const older = await source.at(from)
  const before = await validationSource(older).catch(() => undefined)
  // What was no database before is new in every part.
  if (before === undefined) return withStrategies(await validateDatabase(after, options))
  return withStrategies(await validateChanges(before, after, await version.changedSince(older), options))
}

async function validationSource({ tree }: Version): Promise<ValidationSource> {
  const schema = await readDatabaseSchema(tree, { plugins: nodePlugins, strict: true })
  return createTreeValidationSource(tree, schema, { plugins: nodePlugins })
}

function optionsOf({ args }: CommandContext): ValidateOptions {
  const only = args.value('only')
  const collections = args.values('collection')
  return {
    ...(only === 'definitions' || only === 'records' ? { only } : {}),
    ...(collections.length === 0 ? {} : { collections }),
  }
}
