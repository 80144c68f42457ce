import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readDatabaseSchema } from '../../worker/format/schema.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import { mergeFile, type FileConflict } from '../merge/merge-file.ts'
import type { CommandContext } from '../run.ts'
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
  const merged = await mergeFile(schema, path.slice(top === '' ? 0 : top.length + 1), {
    base: await readFile(base),
    ours: await readFile(ours),
    theirs: await readFile(theirs),
  })
  if (merged?.conflicts.length === 0) {
    await writeFile(ours, merged.bytes)
    return exitCodes.ok
  }
  // People look for git's marks in the file.
  const lines = mergeLines(io.cwd, ours, base, theirs)
  for (const conflict of merged?.conflicts ?? []) io.err(`${print.plain(describe(conflict))}\n`)
  if (lines.status > 0) io.err(`${print.plain(`${path}: marked where lines differ`)}\n`)
  if (lines.status !== 0 || merged === undefined) await writeFile(ours, lines.bytes)
  else await writeFile(ours, merged.bytes)
  return merged === undefined && lines.status === 0 ? exitCodes.ok : exitCodes.issues
}

/** The folder of the database that a file is in, from the top; '' for the top itself. */
function databaseOf(top: string, path: string): string {
  for (let at = dirname(path); at !== '.'; at = dirname(at))
    if (existsSync(join(top, at, '.ingitdb'))) return at
  return ''
}

/** What git would do without this driver. */
function mergeLines(
  cwd: string,
  ours: string,
  base: string,
  theirs: string,
): { readonly bytes: Uint8Array; readonly status: number } {
  const labels = ['ours', 'base', 'theirs'].flatMap((label) => ['-L', label])
  const { stdout, status, error } = spawnSync('git', ['merge-file', '-p', ...labels, ours, base, theirs], {
    cwd,
    maxBuffer: 1 << 30,
  })
  if (error) throw error
  // The number of conflicts; more than 127 is a failure (binary files): then ours stays.
  if (status === null || status > 127) throw new Error(`git merge-file failed for ${ours}`)
  return { bytes: stdout, status }
}

function describe({ record, path, kind, base, ours, theirs }: FileConflict): string {
  const show = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value))
  const field = path.length === 0 ? '' : ` ${path.join('.')}`
  return `CONFLICT (${kind}): ${record}${field}: base ${show(base)}, ours ${show(ours)}, theirs ${show(theirs)}`
}
