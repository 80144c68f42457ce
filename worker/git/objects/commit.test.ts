import { afterAll, describe, expect, it } from 'vitest'
import { createCommit, formatCommit, parseCommit, parseCommitLinks } from './commit.ts'
import { createNativeRepository } from '../node/node-native-git.testing.ts'
import type { Oid } from './oid.ts'
import { hashObject } from './sha1.ts'
import { createTag, formatTag, parseTag } from './tag.ts'

const native = createNativeRepository()
afterAll(() => native.remove())
const tree = native.git(['hash-object', '-w', '-t', 'tree', '--stdin'], '').trim() as Oid
const ada = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000 }

describe('commits', () => {
  it('round-trip with unknown headers, signatures, other encodings and odd bytes', () => {
    const head = `tree ${tree}\nparent ${'1'.repeat(40)}\nauthor A <a@b> 1 +0000\ncommitter B <b@c> 2 -0100\n`
    const samples = [
      `${head}encoding ISO-8859-1\n\ncaf\u00e9\n`,
      `${head}gpgsig -----BEGIN\n \n line\n -----END\nmergetag object x\n type commit\nx-new value\nbare\n\nhello\n\n`,
      `${head}x\u0080\u009fy z\u00ff\n\n`,
      `${head}`,
      `tree ${tree}\nauthor nobody\ncommitter <> what\n\n\u00ff\u00fe`,
    ]
    for (const sample of samples) {
      const bytes = Uint8Array.from(sample, (char) => char.charCodeAt(0))
      expect(formatCommit(parseCommit(bytes))).toEqual(bytes)
    }
    expect(parseCommit(Uint8Array.from(samples[0] ?? '', (c) => c.charCodeAt(0))).message).toBe('caf\u00e9\n')
  })

  it('are written as git writes them', () => {
    const bytes = createCommit({ tree, parents: [], author: ada, message: 'Hello\r\nworld\n\n' })
    const env = 'tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904'
    expect(new TextDecoder().decode(bytes)).toBe(
      `${env}\nauthor Ada <ada@example.com> 1700000000 +0000\ncommitter Ada <ada@example.com> 1700000000 +0000\n\nHello\nworld\n`,
    )
    expect(native.git(['hash-object', '-w', '-t', 'commit', '--stdin'], bytes).trim()).toBe(
      hashObject('commit', bytes),
    )
  })

  it('pass fsck whatever the identity and the message are', () => {
    const texts = [
      '',
      ' ',
      '<>',
      'a<b>c\nd\0e',
      '.,;"\'',
      'ü <x>',
      '\ud800',
      'tree \nparent ',
      'Dr. Who.',
      '\u0001\u0002',
    ]
    for (const name of texts) {
      for (const email of texts) {
        const bytes = createCommit({
          tree,
          parents: [],
          author: { ...ada, name, email },
          message: name + email,
        })
        expect(parseCommitLinks(bytes)).toEqual({ tree, parents: [], timestamp: ada.timestamp })
        native.writeLoose([{ oid: hashObject('commit', bytes), type: 'commit', bytes }])
      }
    }
    expect(native.git(['fsck', '--strict', '--no-dangling'])).toBe('')
    expect(
      parseCommit(createCommit({ tree, parents: [], author: { ...ada, name: 'Dr. Who.' }, message: '' }))
        .author.name,
    ).toBe('Dr. Who')
  })

  it('refuse times and zones that git would not read', () => {
    for (const author of [
      { ...ada, timestamp: -1 },
      { ...ada, timestamp: 1.5 },
      { ...ada, timezone: 'Z' },
    ]) {
      expect(() => createCommit({ tree, parents: [], author, message: '' })).toThrow(/written|whole seconds/)
    }
  })

  it('answer damage with a typed error', () => {
    for (const text of [
      '',
      'tree',
      'tree x\n',
      `tree ${tree.slice(1)}g\n`,
      `parent ${tree}\n`,
      `tree ${tree}`,
    ]) {
      const bytes = new TextEncoder().encode(text)
      expect(() => parseCommitLinks(bytes), text).toThrow(
        expect.objectContaining({ code: 'git/object-corrupt' }),
      )
    }
  })
})

describe('annotated tags', () => {
  it('round-trip and pass fsck', () => {
    const object = native
      .git(
        ['hash-object', '-w', '-t', 'commit', '--stdin'],
        createCommit({ tree, parents: [], author: ada, message: 'x' }),
      )
      .trim() as Oid
    const bytes = createTag({ object, type: 'commit', name: 'v1', tagger: ada, message: 'One' })
    const tag = parseTag(bytes)
    expect(tag).toMatchObject({ object, type: 'commit', name: 'v1', message: 'One\n', tagger: ada })
    expect(formatTag(tag)).toEqual(bytes)
    native.git(['hash-object', '-w', '-t', 'tag', '--stdin'], bytes)
    expect(native.git(['fsck', '--strict', '--no-dangling'])).toBe('')
  })
})
