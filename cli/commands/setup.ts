import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import type { CommandContext } from '../command.ts'
import { findGitPlace } from '../source/git-root.ts'
import { nodePlugins } from '../source/node-plugins.ts'
import { openSource } from '../source/open-source.ts'

const begin = '# espalier: merged by record (espalier setup)'
const end = '# end of espalier'

/** `espalier setup` */
export async function setup({ args, io, print }: CommandContext): Promise<ExitCode> {
  const source = await openSource(args, io, 0)
  try {
    const place = source.folder === undefined ? undefined : await findGitPlace(source.folder)
    if (!place || place.bare)
      throw new UsageError('setup needs a database in the work tree of a git repository.')
    const { tree } = await source.current()
    const block = attributes(await readDatabaseSchema(tree, { plugins: nodePlugins }), source.prefix)
    const file = join(place.top, '.gitattributes')
    const before = await readFile(file, 'utf8').catch(() => '')
    const after = withBlock(before, block)
    if (after !== before) await writeFile(file, after)
    const command = args.value('driver') ?? 'npx espalier merge-driver'
    config(place.top, 'merge.espalier.name', 'Espalier: merges records field by field')
    config(place.top, 'merge.espalier.driver', `${command} %O %A %B %P`)
    print.line(
      after === before ? '.gitattributes is up to date.' : 'Wrote .gitattributes; commit it for everyone.',
    )
    print.line('Set merge.espalier in the configuration of this clone; each clone needs that once.')
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

/** Everything that holds records or definitions. The driver leaves other files to git's merge of lines. */
function attributes({ collections }: DatabaseSchema, prefix: string): string {
  const folders = new Set(['.ingitdb'])
  for (const { parent, dataDir, definitionPath } of collections.values()) {
    const folder = parent === undefined && !dataDir.includes('{') ? dataDir : ''
    const defined = definitionPath.split('/.collection')[0] ?? ''
    for (const each of [folder, defined]) if (each !== '') folders.add(each)
    if (parent === undefined && dataDir === '') folders.add('')
  }
  const lines = [...folders]
    .sort()
    .map((folder) => `${pattern(prefix + (folder && `${folder}/`))} merge=espalier`)
  return [begin, ...lines, end].join('\n')
}

/** A folder's files, as gitattributes(5) writes them: rooted, and in quotes where spaces or signs ask for it. */
function pattern(folder: string): string {
  const escaped = `/${folder.replaceAll(/[\\*?[]/g, '\\$&')}**`
  return /[\s"]/.test(escaped) ? JSON.stringify(escaped) : escaped
}

function withBlock(text: string, block: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from >= 0 && to >= 0) return text.slice(0, from) + block + text.slice(to + end.length)
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${block}\n`
}

function config(top: string, name: string, value: string): void {
  const { status, stderr, error } = spawnSync('git', ['config', '--local', name, value], {
    cwd: top,
    encoding: 'utf8',
  })
  if (error) throw error
  if (status !== 0) throw new Error(`git config failed: ${stderr}`)
}
