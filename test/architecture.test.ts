import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseSync } from 'vite'

const root = resolve(import.meta.dirname, '..')

/** What each room may import besides itself. Imports go down only; everybody may import src/protocol. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/protocol': [],
  src: ['src/protocol'],
  'worker/storage': [],
  'worker/git': ['worker/storage'],
  'worker/git-face': ['worker/git', 'worker/storage'],
  'worker/remote': ['worker/git'],
  'worker/format': [],
  'worker/records': ['worker/format'],
  'worker/merge': ['worker/format', 'worker/records'],
  'worker/schema-tools': ['worker/format', 'worker/records'],
  'worker/engine': [
    'worker/schema-tools',
    'worker/records',
    'worker/merge',
    'worker/format',
    'worker/git',
    'worker/remote',
    'worker/storage',
  ],
  // Optional parts: an app's own worker entry imports them.
  'worker/plugins': ['worker/engine', 'worker/schema-tools', 'worker/records', 'worker/format'],
  // The entries stand above the rooms.
  worker: [
    'worker/engine',
    'worker/plugins',
    'worker/schema-tools',
    'worker/git-face',
    'worker/records',
    'worker/merge',
    'worker/format',
    'worker/git',
    'worker/remote',
    'worker/storage',
  ],
  // The playground's own worker is made of the worker's entries.
  demo: ['src', 'worker'],
  // Node: the SDK's Node entry, and the rooms that read plain folders.
  cli: [
    'src',
    'worker',
    'worker/engine',
    'worker/schema-tools',
    'worker/plugins',
    'worker/format',
    'worker/git',
    'worker/merge',
    'worker/records',
  ],
}

/** Rooms within rooms, from the bottom up; the files beside them stand above all. Types may look anywhere. */
const floors: Readonly<Record<string, readonly string[]>> = {
  'worker/engine': [
    'common',
    'platform',
    'repository',
    'snapshots',
    'branches',
    'queries',
    'writes',
    'commits',
    'sync',
    'databases',
    'versions',
  ],
  'worker/git': ['objects', 'zlib', 'deltas', 'trees', 'history', 'packs', 'refs', 'node'],
}

/** Entries that join the client and the engine in one process. */
const joins: readonly string[] = ['src/node.ts']

interface Import {
  /** Path from the root, or a package's name. */
  readonly file: string
  readonly target: string
  readonly isDynamic: boolean
  /** Nothing of it is left when the program runs. */
  readonly isType: boolean
}

const imports = await readImports()

test('every room imports only itself, the rooms below it and the protocol', () => {
  const wrong = imports.filter(({ file, target }) => {
    if (joins.includes(file)) return false
    const from = roomOf(file)
    const to = roomOf(target)
    if (from === null || from === to || to === 'src/protocol') return false
    return isOurs(target) && !(to !== null && rooms[from]?.includes(to))
  })
  expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([])
})

test.each(Object.entries(floors))('within %s too imports go down only', (room, names) => {
  const floorOf = (path: string): number => {
    const [name, ...file] = path.slice(room.length + 1).split('/')
    return file.length === 0 ? names.length : names.indexOf(name ?? '')
  }
  const inside = imports.filter(
    ({ file, target, isType }) => !isType && file.startsWith(`${room}/`) && target.startsWith(`${room}/`),
  )
  expect(inside.length).toBeGreaterThan(20)
  const wrong = inside.filter(({ file, target }) => floorOf(file) === -1 || floorOf(target) > floorOf(file))
  expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([])
})

test('what runs in a browser imports no part of Node', () => {
  const wrong = imports.filter(({ file, target }) => runsInBrowser(file) && target.startsWith('node:'))
  expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([])
})

test('nothing is loaded later, but for the extras of the prebuilt worker', () => {
  const later = imports.filter(({ file, isDynamic }) => runsInBrowser(file) && isDynamic)
  expect(later.map(({ file }) => file)).toEqual(['worker/import-extras.ts'])
})

test('the prebuilt worker holds no parser of other formats', () => {
  const reached = reachedFrom('worker/main.ts')
  expect(reached).toContain('worker/engine/engine.ts')
  expect(reached).not.toContain('yaml')
  expect(reached).not.toContain('smol-toml')
  expect(reached).not.toContain('minisearch')
  expect(reached).not.toContain('worker/format/format-extras.ts')
})

test('relative imports name their file with its extension', () => {
  const wrong = imports.filter(({ target }) => isOurs(target) && !/\.(ts|tsx|mjs|json|css)$/.test(target))
  expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([])
})

function roomOf(path: string): string | null {
  for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder))
    if (folder in rooms) return folder
  return null
}

function isOurs(target: string): boolean {
  return /^(src|worker|cli|demo|bench|test|scripts)\//.test(target)
}

/** What is loaded with a file, packages too. Types count for nothing. */
function reachedFrom(entry: string): readonly string[] {
  const reached = new Set([entry])
  for (const at of reached)
    for (const { file, target, isType } of imports) if (file === at && !isType) reached.add(target)
  return [...reached]
}

/** Node-only files of the worker say so by their name. */
function runsInBrowser(file: string): boolean {
  return /^(src|worker)\//.test(file) && !/^node(-|\.)/.test(posix.basename(file))
}

async function readImports(): Promise<readonly Import[]> {
  const folders = await Promise.all(['src', 'worker', 'demo', 'cli'].map((folder) => filesUnder(folder)))
  return folders.flat().flatMap((file) => {
    const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'))
    const fixed = [
      ...module.staticImports.map(({ moduleRequest, entries }) => ({
        specifier: moduleRequest.value,
        isType: entries.length > 0 && entries.every((one) => one.isType),
      })),
      ...module.staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest, isType }) =>
          moduleRequest ? [{ specifier: moduleRequest.value, isType }] : [],
        ),
      ),
    ]
    return [
      ...fixed.map(({ specifier, isType }) => ({
        file,
        target: resolved(file, specifier),
        isDynamic: false,
        isType,
      })),
      ...module.dynamicImports.map(() => ({
        file,
        target: '(dynamic import)',
        isDynamic: true,
        isType: false,
      })),
    ]
  })
}

function resolved(file: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier
}

/** Sources only: tests may look anywhere. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(
      (file) =>
        !/\.(test|suite|test-d|testing|support)\.tsx?$/.test(file) && !/\/(dist|node_modules)\//.test(file),
    )
}

test('the rule sees real files', () => {
  expect(imports.length).toBeGreaterThan(20)
  expect(dirname(imports[0]?.file ?? '')).not.toBe('')
})
