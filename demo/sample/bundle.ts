import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Files } from './collection.ts'
import { type SampleCommit, sampleHistory } from './history.ts'

/** Builds the sample with native git in a bare repository and hands it over; the folder goes afterwards. */
export function withSampleRepository<Result>(use: (gitDir: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-sample-'))
  try {
    git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', '.'])
    git(folder, ['fast-import', '--quiet', '--done'], fastImport())
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes the repository as a bundle that git (v2) and our static remote read. */
export function writeBundle(gitDir: string, file: string): void {
  git(gitDir, ['repack', '-adfq', '--depth=50', '--window=250', '--threads=1'])
  git(gitDir, ['bundle', 'create', '--quiet', '--version=2', file, 'HEAD', 'main', 'draft'])
}

/** Runs git without the configuration of the machine; throws with its message. */
export function git(cwd: string, args: readonly string[], input?: string): string {
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_DEFAULT_HASH: 'sha1',
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
  }
  const result = spawnSync('git', args, { cwd, env, input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  if (result.error !== undefined) throw result.error
  if (result.status !== 0) throw new Error(`git ${args.join(' ')} failed: ${result.stderr}`)
  return result.stdout.trim()
}

/** The history in the language of git-fast-import(1). */
function fastImport(): string {
  const { commits, draftParent } = sampleHistory()
  const main = commits.filter(({ branch }) => branch === 'main')
  let stream = 'feature done\n'
  commits.forEach((commit, index) => {
    const isFirstOfDraft = index === main.length
    const parent = isFirstOfDraft ? draftParent : index - 1
    stream += commitCommand(commit, index, parent, commits[parent]?.files ?? new Map())
  })
  return `${stream}done\n`
}

function commitCommand(commit: SampleCommit, index: number, parent: number, before: Files): string {
  const seconds = Date.parse(commit.date) / 1000
  const who = `${commit.author} ${seconds} +0000`
  const from = parent < 0 ? '' : `from :${parent + 1}\n`
  const head = `commit refs/heads/${commit.branch}\nmark :${index + 1}\nauthor ${who}\ncommitter ${who}\n`
  const changed = [...commit.files].filter(([path, text]) => before.get(path) !== text)
  const removed = [...before.keys()].filter((path) => !commit.files.has(path))
  return [
    head,
    data(commit.message),
    from,
    ...removed.map((path) => `D ${path}\n`),
    ...changed.map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`),
  ].join('')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
