import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readDatabaseSchema } from '../../worker/format/schema.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import { markLines } from '../git/mark-lines.ts'
import { describeConflict } from '../merge/describe-conflict.ts'
import { markLabels, markVariants, variantsOf } from '../merge/mark-file.ts'
import { mergeFile } from '../merge/merge-file.ts'
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
  const top = databaseOf(io.cwd, path)
  const schema = await readDatabaseSchema(await createFolderTree(join(io.cwd, top)), { plugins: nodePlugins })
  const prefix = top === '' ? '' : `${top}/`
  const inDatabase = path.slice(prefix.length)
  const sides = {
    base: await readFile(base),
    ours: await readFile(ours),
    theirs: await readFile(theirs),
  }
  const rules = { schema, options: {} }
  const merged = await mergeFile(rules, inDatabase, sides)
  tellIssues(merged?.lostComments ?? [], prefix, { io, print })
  if (merged?.conflicts.length === 0) {
    await writeFile(ours, merged.bytes ?? sides.ours)
    return exitCodes.ok
  }
  // People look for git's marks in the file: around what conflicts where records are merged.
  const variants = merged && (await variantsOf(rules, inDatabase, sides))
  const lines = variants ? markVariants(io.cwd, variants) : markLines(io.cwd, sides, markLabels)
  // Binary files: ours stays.
  if (!merged && lines.conflicts === null) throw new Error(`git merge-file failed for ${ours}`)
  for (const conflict of merged?.conflicts ?? [])
    io.err(`${print.plain(`CONFLICT ${describeConflict(conflict, path)}`)}\n`)
  if (lines.conflicts) io.err(`${print.plain(`${path}: marked where lines differ`)}\n`)
  await writeFile(ours, lines.bytes)
  return merged === undefined && lines.conflicts === 0 ? exitCodes.ok : exitCodes.issues
}

/** The folder of the database that a file is in, from the top; '' for the top itself. */
function databaseOf(top: string, path: string): string {
  for (let at = dirname(path); at !== '.'; at = dirname(at))
    if (existsSync(join(top, at, '.ingitdb'))) return at
  return ''
}
