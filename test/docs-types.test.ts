import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { entries, opened, snippets } from './support/documentation.ts'
import { tsc } from './support/tsc.ts'

const root = resolve(import.meta.dirname, '..')
// Inside the project, so that the packages that examples import are found.
const folder = mkdtempSync(join(root, 'test', '.examples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As strict as this project: whoever pastes an example may be so too. */
const config = {
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: Object.fromEntries(Object.entries(entries).map(([entry, path]) => [entry, [join(root, path)]])),
  },
  include: ['*.ts', '*.tsx'],
}

function typeCheck(): string {
  const { stdout, error } = spawnSync(process.execPath, [tsc, '-p', folder], {
    encoding: 'utf8',
    cwd: folder,
  })
  if (error) throw error
  return stdout
}

test('every example in the documentation is well typed', () => {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const typed = snippets.filter(({ language }) => language !== 'js')
  for (const { name, language, code } of typed)
    writeFileSync(join(folder, `${name.replaceAll(/\W+/g, '-')}.${language}`), `${opened(code)}\nexport {}\n`)
  expect(typed.length).toBeGreaterThan(100)
  // One that is wrong shows that faults are found.
  writeFileSync(join(folder, 'wrong.ts'), opened("await db.collection('units').insertt({})\n"))
  expect(typeCheck()).toMatch(/^wrong\.ts\(\d+,\d+\): error TS2551: .*insertt.*\n$/)
})
