import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createCommit } from '../objects/commit.ts'
import { memoryReader } from '../node/node-native-git.testing.ts'
import type { GitObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { formatReflogLine, parseReflogLine, reflogEntryOf, reflogWrite } from './reflog.ts'
import { createRandom } from '../history/random-history.testing.ts'
import { isBranchName, isRefName } from './refs-name.ts'
import { createRefs, resolveCommit, shallowWrite, symbolicRef } from './refs.ts'
import { hashObject } from '../objects/sha1.ts'
import { createTag } from '../objects/tag.ts'

const ada = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000 }
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904' as Oid
const objects = new Map<Oid, GitObject>()
function add(type: GitObject['type'], bytes: Uint8Array): Oid {
  const oid = hashObject(type, bytes)
  objects.set(oid, { type, bytes })
  return oid
}
const commit = (message: string): Oid =>
  add('commit', createCommit({ tree: emptyTree, parents: [], author: ada, message }))
const one = commit('one')
const two = commit('two')
const tagged = add('tag', createTag({ object: one, type: 'commit', name: 'v1', tagger: ada, message: 'v1' }))
const nested = add('tag', createTag({ object: tagged, type: 'tag', name: 'vv', tagger: ada, message: 'vv' }))
const blob = add('blob', new Uint8Array())
const reader = memoryReader(objects)
const refs = createRefs([
  { name: 'HEAD', value: symbolicRef('refs/heads/main') },
  { name: 'refs/heads/main', value: one },
  { name: 'refs/heads/both', value: one },
  { name: 'refs/tags/both', value: two },
  { name: 'refs/tags/v1', value: nested },
  { name: 'refs/tags/blob', value: blob },
  { name: 'refs/remotes/origin/HEAD', value: symbolicRef('refs/remotes/origin/main') },
  { name: 'refs/remotes/origin/main', value: two },
  { name: 'refs/heads/loop', value: symbolicRef('refs/heads/loop') },
  { name: 'shallow', value: [two, one].join('\n') },
])

describe('ref names', () => {
  it('are accepted exactly as git-check-ref-format(1) accepts them', () => {
    const random = createRandom(5)
    const pieces = [
      ...'-a@{.~^:?*[\\ /ü\u0001\u007f',
      'b',
      'c',
      '/',
      '.lock',
      'HEAD',
      '..',
      '@{',
      'refs/heads/',
    ]
    const names = Array.from({ length: 150 }, () =>
      Array.from({ length: 1 + random.below(6) }, () => random.pick(pieces)).join(''),
    )
    for (const name of [
      ...names,
      'HEAD',
      'a/HEAD',
      '-a',
      'x/-a',
      '@',
      'a/@',
      'a.lock/b',
      'main',
      'refs/heads/main',
    ]) {
      // A leading dash would be an option of the command.
      const full = name.startsWith('-') ? `refs/${name}` : name
      expect(isRefName(full), full).toBe(spawnSync('git', ['check-ref-format', full]).status === 0)
      if (name.startsWith('@')) continue // `--branch` expands @ and @{-1}
      expect(isBranchName(name), name).toBe(
        spawnSync('git', ['check-ref-format', '--branch', name]).status === 0,
      )
    }
  })
})

describe('refs', () => {
  it('resolve what a user types', async () => {
    const resolve = (input: string): Promise<unknown> => resolveCommit(refs, reader, input)
    expect(await resolve('HEAD')).toEqual({ kind: 'head', name: 'refs/heads/main', oid: one })
    expect(await resolve('main')).toEqual({ kind: 'branch', name: 'refs/heads/main', oid: one })
    expect(await resolve('refs/heads/main')).toEqual({ kind: 'branch', name: 'refs/heads/main', oid: one })
    expect(await resolve('both')).toMatchObject({ kind: 'branch', oid: one })
    expect(await resolve('tags/both')).toMatchObject({ kind: 'tag', oid: two })
    expect(await resolve('v1')).toEqual({ kind: 'tag', name: 'refs/tags/v1', oid: one })
    expect(await resolve('origin')).toMatchObject({ kind: 'remote-branch', oid: two })
    expect(await resolve('origin/main')).toMatchObject({
      kind: 'remote-branch',
      name: 'refs/remotes/origin/main',
    })
    expect(await resolve(two.toUpperCase())).toEqual({ kind: 'oid', name: null, oid: two })
    await expect(resolve('blob')).rejects.toMatchObject({ code: 'git/object-type' })
    for (const input of ['nope', 'shallow', 'loop', '', two.slice(0, 8)]) {
      await expect(resolve(input), input).rejects.toMatchObject({ code: 'git/ref-missing' })
    }
  })

  it('resolve abbreviated ids unless they are ambiguous', async () => {
    const find = (all: readonly Oid[]) => (): readonly Oid[] => all
    expect(await resolveCommit(refs, reader, one.slice(0, 7), find([one, blob]))).toMatchObject({ oid: one })
    expect(await resolveCommit(refs, reader, one.slice(0, 7), find([one, tagged]))).toMatchObject({
      oid: one,
    })
    await expect(resolveCommit(refs, reader, 'abcd', find([one, two]))).rejects.toMatchObject({
      code: 'git/bad-ref-name',
      data: { candidates: [one, two] },
    })
  })

  it('list by prefix, tell HEAD and hold the shallow boundary', () => {
    expect(refs.list('refs/remotes/')).toEqual([
      { name: 'refs/remotes/origin/HEAD', oid: two, symbolic: 'refs/remotes/origin/main' },
      { name: 'refs/remotes/origin/main', oid: two },
    ])
    expect(refs.list().some(({ name }) => name === 'shallow' || name === 'HEAD')).toBe(false)
    expect(refs.head()).toEqual({ branch: 'refs/heads/main', oid: one })
    expect(createRefs([{ name: 'HEAD', value: one }]).head()).toEqual({ branch: null, oid: one })
    expect(createRefs([{ name: 'HEAD', value: symbolicRef('refs/heads/x') }]).head()).toEqual({
      branch: 'refs/heads/x',
      oid: null,
    })
    expect(createRefs([]).head()).toBeNull()
    expect(refs.shallow).toEqual(new Set([one, two]))
    expect(shallowWrite(refs.shallow)).toEqual({
      kind: 'setRef',
      name: 'shallow',
      value: [one, two].sort().join('\n'),
    })
    expect(shallowWrite([])).toEqual({ kind: 'setRef', name: 'shallow', value: null })
  })
})

describe('reflog entries', () => {
  it('round-trip through git’s own lines', () => {
    const write = reflogWrite('refs/heads/main', null, one, ada, ' commit:\n first\ttry ')
    if (write.kind !== 'appendReflog') throw new Error('another write')
    const entry = reflogEntryOf(write.entry)
    expect(entry?.message).toBe('commit: first try')
    expect(entry === null ? null : parseReflogLine(formatReflogLine(entry))).toEqual(entry)
    expect(parseReflogLine('junk')).toBeNull()
    expect(reflogEntryOf({ oldOid: 1 })).toBeNull()
  })
})
