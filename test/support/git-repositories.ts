import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs native git in a folder and returns what it prints. Nothing of the machine's own configuration applies. */
export function git(folder: string, ...args: readonly string[]): string {
  return runGit(folder, args, '')
}

function runGit(folder: string, args: readonly string[], input: string): string {
  return execFileSync('git', args, {
    cwd: folder,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Grace',
      GIT_AUTHOR_EMAIL: 'grace@example.com',
      GIT_COMMITTER_NAME: 'Grace',
      GIT_COMMITTER_EMAIL: 'grace@example.com',
    },
  })
}

/** A folder that goes when the test calls `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** Writes files below a folder, with the folders they need. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** The files of a small database with two collections: JSON `geo.countries` and YAML `units`. */
export const smallDatabase: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\n',
  'geo/countries/.collection/definition.yaml':
    'titles:\n  en: Countries\nrecord_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\n' +
    'columns:\n  name:\n    type: string\n    required: true\n  population:\n    type: int\n  names:\n    type: map[locale]string\ncolumns_order: [name, population, names]\n',
  'geo/countries/$records/ie.json':
    '{\n  "name": "Ireland",\n  "population": 5262382,\n  "names": { "de": "Irland" }\n}\n',
  'geo/countries/$records/fr.json': '{\n  "name": "France",\n  "population": 68042591\n}\n',
  'geo/countries/$records/de.json': '{\n  "name": "Germany",\n  "population": 84607016\n}\n',
  'units/.collection/definition.yaml':
    'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  symbol:\n    type: string\n  factor:\n    type: float\n',
  'units/$records/metre.yaml': '# the base unit\nsymbol: m\nfactor: 1.0\n',
  'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.3048 # exactly\n',
}

/** Makes a repository in a folder, with a work tree, whose `main` holds the files in one commit. */
export function makeRepository(path: string, files: Readonly<Record<string, string>> = smallDatabase): void {
  mkdirSync(path, { recursive: true })
  git(path, 'init', '-q', '-b', 'main')
  writeFiles(path, files)
  commitAll(path, 'Start')
}

/** Commits whatever differs in a work tree. Returns the new commit. */
export function commitAll(path: string, message: string): string {
  git(path, 'add', '-A')
  git(path, 'commit', '-q', '-m', message)
  return git(path, 'rev-parse', 'HEAD').trim()
}

/** Makes a bare repository `<root>/<name>.git` whose `main` holds the files, one commit. */
export function makeBareRepository(
  root: string,
  name: string,
  files: Readonly<Record<string, string>> = smallDatabase,
): string {
  const bare = join(root, `${name}.git`)
  git(root, 'init', '-q', '--bare', '-b', 'main', '--template=', bare)
  mkdirSync(join(bare, 'hooks')) // a test may put one there
  appendFileSync(join(bare, 'config'), '[http]\n\treceivepack = true\n')
  importCommit(bare, 'main', 'Start', files)
  return bare
}

/** Commits files on a branch of a bare repository, as somebody else would. Returns the new commit. */
export function commitElsewhere(
  bare: string,
  files: Readonly<Record<string, string | null>>,
  branch = 'main',
  message = 'Elsewhere',
): string {
  importCommit(bare, branch, message, files, `from refs/heads/${branch}^0\n`)
  return git(bare, 'rev-parse', branch).trim()
}

/** The same on a new branch, by a commit that nothing leads to. */
export function beginElsewhere(
  bare: string,
  files: Readonly<Record<string, string>>,
  branch: string,
  message = 'Begin',
): string {
  importCommit(bare, branch, message, files)
  return git(bare, 'rev-parse', branch).trim()
}

/**
 * One process of git, where a clone, a commit and a push would be twelve; one pack, where objects would be a folder
 * each. `null` removes a file.
 */
function importCommit(
  bare: string,
  branch: string,
  message: string,
  files: Readonly<Record<string, string | null>>,
  from = '',
): void {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`
  const edits = Object.entries(files).map(([path, text]) => {
    const quoted = `"${path.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`
    return text === null ? `D ${quoted}\n` : `M 100644 inline ${quoted}\n${data(text)}`
  })
  const commit = `commit refs/heads/${branch}\ncommitter Grace <grace@example.com> now\n${data(`${message}\n`)}`
  runGit(
    bare,
    ['-c', 'fastimport.unpackLimit=1', 'fast-import', '--quiet', '--date-format=now'],
    commit + from + edits.join(''),
  )
}
