import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { mergeLines } from '../../worker/merge/merge-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'merge-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))

const line = fc.constantFrom('{', '}', 'a', 'b', 'c', 'd', '')
const base = fc.array(line, { minLength: 3, maxLength: 14 })
const change = fc.record({
  at: fc.nat(14),
  kind: fc.constantFrom('insert', 'remove', 'replace'),
  with: fc.constantFrom('x', 'y', 'z'),
})
const changes = fc.array(change, { minLength: 1, maxLength: 2 })

test('texts merge by lines as native git merges them', () => {
  let [clean, equal, agreed, all] = [0, 0, 0, 0]
  fc.assert(
    fc.property(base, changes, changes, (lines, x, y) => {
      const [b, ours, theirs] = [text(lines), text(apply(lines, x)), text(apply(lines, y))]
      const merged = mergeLines(b, ours, theirs).text
      const git = mergeFile(b, ours, theirs)
      all++
      if ((git === undefined) === (merged === undefined)) agreed++
      if (git === undefined || merged === undefined) return
      clean++
      if (git === merged) equal++
    }),
    { numRuns: 100, seed: 505 },
  )
  expect(clean).toBeGreaterThan(all / 4)
  // Where lines repeat there is more than one shortest difference, and seldom ours is another than git's.
  expect(equal / clean).toBeGreaterThan(0.98)
  expect(agreed / all).toBeGreaterThan(0.97)
})

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function apply(
  lines: readonly string[],
  all: readonly { at: number; kind: string; with: string }[],
): readonly string[] {
  const changed = [...lines]
  for (const { at, kind, with: put } of all) {
    changed.splice(at % (changed.length + 1), kind === 'insert' ? 0 : 1, ...(kind === 'remove' ? [] : [put]))
  }
  return changed
}

/** Undefined when git finds a conflict. */
function mergeFile(b: string, ours: string, theirs: string): string | undefined {
  writeFileSync(join(folder, 'base'), b)
  writeFileSync(join(folder, 'ours'), ours)
  writeFileSync(join(folder, 'theirs'), theirs)
  const { status, stdout } = spawnSync('git', ['merge-file', '-p', 'ours', 'base', 'theirs'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return status === 0 ? stdout : undefined
}
