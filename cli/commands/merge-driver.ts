import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { withDeclaredStrategies } from '../../worker/engine/versions/merging/declared-strategies.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import { markLines } from '../git/mark-lines.ts'
import { describeConflict } from '../merge/describe-conflict.ts'
import { markLabels, markVariants, variantsOf } from '../merge/mark-file.ts'
import {
  isWholeConflict,
  mergeFile,
  type FileRules,
  type FileSides,
  type MergedFile,
} from '../merge/merge-file.ts'
import type { CommandContext } from '../command.ts'
import { tellIssues } from '../report/tell-issues.ts'
import { createFolderTree } from '../source/folder-tree.ts'
import { nodePlugins } from '../source/node-plugins.ts'

/** `espalier merge-driver`: git runs it at the top of the work tree, and takes what it leaves in the file of ours. */
export async function mergeDriver({ args, io, print }: CommandContext): Promise<ExitCode> {
  const [baseFile = '', oursFile = '', theirsFile = '', path = ''] = [0, 1, 2, 3].map((place) =>
    args.argument(place),
  )
  const [base, ours, theirs] = [baseFile, oursFile, theirsFile].map((name) => resolve(io.cwd, name)) as [
    string,
    string,
    string,
  ]
  const sides = {
    base: await readFile(base),
    ours: await readFile(ours),
    theirs: await readFile(theirs),
  }
  const { merged, rules, prefix } = await mergeInDatabase(io.cwd, path, sides)
  tellIssues(merged?.lostComments ?? [], prefix, { io, print })
  if (merged?.conflicts.length === 0) {
    await writeFile(ours, merged.bytes ?? sides.ours)
    return exitCodes.ok
  }
  // People look for git's marks in the file: around what conflicts where records are merged.
  const variants = merged && (await variantsOf(rules, path.slice(prefix.length), sides))
  const isWhole = !merged && isWholeConflict(rules, path.slice(prefix.length))
  const lines = variants
    ? markVariants(io.cwd, variants)
    : isWhole
      ? markVariants(io.cwd, sides)
      : markLines(io.cwd, sides, markLabels)
  const isText = lines.conflicts !== null
  if (!merged && (isWhole || !isText))
    io.err(
      `${print.plain(`CONFLICT (file): ${path}: changed by both, and ${isText ? 'its rows have no key' : 'no text; ours stays'}`)}\n`,
    )
  for (const conflict of merged?.conflicts ?? [])
    io.err(`${print.plain(`CONFLICT ${describeConflict(conflict, path)}`)}\n`)
  if (lines.conflicts) io.err(`${print.plain(`${path}: marked where lines differ`)}\n`)
  await writeFile(ours, lines.bytes)
  return !merged && !isWhole && lines.conflicts === 0 ? exitCodes.ok : exitCodes.issues
}

interface MergedInDatabase {
  readonly merged: MergedFile | undefined
  readonly rules: FileRules
  /** The database's folder with a slash behind it, or ''. */
  readonly prefix: string
}

/** Merges a file in the first of these databases that knows it, or else by none. */
async function mergeInDatabase(
  top: string,
  path: string,
  sides: FileSides,
  [folder = '', ...others]: readonly string[] = databasesAround(top, path),
): Promise<MergedInDatabase> {
  const tree = await createFolderTree(join(top, folder))
  const codecs = { plugins: nodePlugins }
  const rules = {
    schema: await readDatabaseSchema(tree, codecs),
    options: await withDeclaredStrategies({}, tree),
  }
  const prefix = folder === '' ? '' : `${folder}/`
  const merged = await mergeFile(rules, path.slice(prefix.length), sides)
  if (merged || others.length === 0) return { merged, rules, prefix }
  return mergeInDatabase(top, path, sides, others)
}

/** The folders of databases that a file is in, the outermost first: one may hold others, and names their records itself. */
function databasesAround(top: string, path: string): readonly string[] {
  const folders: string[] = []
  for (let at = dirname(path); at !== '.'; at = dirname(at))
    if (existsSync(join(top, at, '.ingitdb'))) folders.unshift(at)
  return existsSync(join(top, '.ingitdb')) ? ['', ...folders] : folders
}
