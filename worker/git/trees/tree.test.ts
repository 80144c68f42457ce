import { describe, expect, it } from 'vitest'
import type { Oid } from '../objects/oid.ts'
import { checkEntryName, checkPath, findTwins } from '../objects/path-safety.ts'
import { createRandom } from '../history/random-history.testing.ts'
import { checkTree, findEntry, formatTree, nextEntry, parseTree, treeCursor, treeMode } from './tree.ts'

const oid = '4b825dc642cb6eb9a060e54bf8d69288fbee4904' as Oid
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const id = '\u0001'.repeat(20)

describe('trees', () => {
  it('sort folders as if their names ended in a slash, and round-trip', () => {
    const entries = ['a', 'a-b', 'a.b', 'a0', 'ab'].map((name) => ({
      name,
      mode: treeMode.file as number,
      oid,
    }))
    const folder = { name: 'a', mode: treeMode.tree as number, oid }
    const bytes = formatTree([...entries.slice(1), folder])
    expect(parseTree(bytes).map(({ name }) => name)).toEqual(['a-b', 'a.b', 'a', 'a0', 'ab'])
    expect(formatTree(parseTree(bytes))).toEqual(bytes)
    expect(checkTree(bytes)).toBeNull()
    expect(() => formatTree([...entries, folder])).toThrow(/twice/)
  })

  it('that are damaged give a typed error at any cut and any flipped byte, never a crash', () => {
    const bytes = formatTree(['x', 'y', 'zebra'].map((name) => ({ name, mode: treeMode.file, oid })))
    const random = createRandom(3)
    for (let i = 0; i < 500; i++) {
      const damaged = bytes.slice(0, random.below(bytes.length))
      if (damaged.length > 0 && random.next() < 0.5) damaged[random.below(damaged.length)] = random.below(256)
      try {
        parseTree(damaged)
        checkTree(damaged)
        findEntry(damaged, 'nothing')
      } catch (error) {
        expect(error).toMatchObject({ code: 'git/object-corrupt' })
      }
    }
  })

  it('with hostile entries are read, and each is reported', () => {
    const names = [
      '',
      '.',
      '..',
      '.git',
      '.GIT',
      'git~1',
      '.g\u200cit',
      'a/b',
      '.git. ',
      '.git::$INDEX',
      'a\\b',
      'fine',
      'git',
    ]
    const bytes = bytesOf(
      names.map((name) => `100644 ${Buffer.from(name).toString('latin1')}\0${id}`).join(''),
    )
    expect(parseTree(bytes).map(({ name }) => name)).toEqual(names)
    expect(parseTree(bytes).map(({ name }) => checkEntryName(name))).toEqual([
      'empty',
      'dot',
      'dot-dot',
      'dot-git',
      'dot-git',
      'dot-git',
      'dot-git',
      'slash',
      'dot-git',
      'dot-git',
      'backslash',
      null,
      null,
    ])
    expect(checkTree(bytes)).toBe('an entry has no name')
    expect(checkTree(bytesOf(`040000 a\0${id}`))).toBe('a mode has a leading zero')
    expect(checkTree(bytesOf(`100600 a\0${id}`))).toBe('unknown mode 100600')
    expect(checkTree(bytesOf(`100644 b\0${id}100644 a\0${id}`))).toBe('"a" is out of order')
    expect(checkTree(bytesOf(`100644 a\0${id}100644 a.b\0${id}40000 a\0${id}`))).toBe('"a" twice')
  })

  it('know unsafe names as bytes and text, and paths', () => {
    expect(checkEntryName(Uint8Array.of(0xff))).toBe('not-utf8')
    expect(checkEntryName('\ud800')).toBe('not-utf8')
    expect(checkEntryName('a\0')).toBe('nul')
    expect(checkEntryName('a\n')).toBe('control')
    expect(checkEntryName('x'.repeat(5000))).toBe('too-long')
    for (const name of ['__proto__', 'constructor', 'ü', '😀', '.gitignore', '.gitx', 'git~2', '~', 'con']) {
      expect(checkEntryName(name), name).toBeNull()
      expect(checkEntryName(new TextEncoder().encode(name)), name).toBeNull()
    }
    expect(checkPath('a/b/c')).toBeNull()
    expect(checkPath('/a')).toEqual({ path: '/a', reason: 'empty' })
    expect(checkPath('a/../b')?.reason).toBe('dot-dot')
  })

  it('name the twins that other systems would merge', () => {
    expect(findTwins(['a', 'A', 'b', '\u00e9', 'e\u0301', 'E\u0301', 'c'])).toEqual([
      ['a', 'A'],
      ['\u00e9', 'e\u0301', 'E\u0301'],
    ])
  })

  it('of 100,000 entries are searched without objects', () => {
    const name = (i: number): string => `record-${String(i).padStart(6, '0')}.json`
    const bytes = formatTree(
      Array.from({ length: 100_000 }, (_, i) => ({ name: name(i), mode: treeMode.file, oid })),
    )
    expect(findEntry(bytes, name(99_999))).toEqual({ name: name(99_999), mode: treeMode.file, oid })
    expect(findEntry(bytes, 'record')).toBeNull()
    let count = 0
    for (const cursor = treeCursor(bytes); nextEntry(cursor);) count++
    expect(count).toBe(100_000)
  })
})
