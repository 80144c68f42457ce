import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RefRow, Write } from '../../storage/storage.ts'
import type { ObjectReader, ObjectType } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { isOid } from '../objects/oid.ts'
import { parseTag } from '../objects/tag.ts'

/**
 * Refs as the storage keeps them, one row each, the only truth about them:
 *
 * - `refs/…`: an object id, or `ref: refs/…` for a symbolic ref (`refs/remotes/origin/HEAD`);
 * - `HEAD`: `ref: refs/heads/main` (the branch need not exist yet), or an object id when detached;
 * - `shallow`: the shallow boundary, its object ids sorted and joined by newlines; no row when history is
 *   complete. It is a row so that one batch moves it together with the packs and refs that need it.
 */
export interface Refs {
  /** A row's value as stored. */
  value(name: string): string | null
  /** The id behind a full name, through symbolic refs; null when it does not exist or leads nowhere. */
  oid(name: string): Oid | null
  /** The full name at the end of symbolic refs (the name itself for others). */
  target(name: string): string
  /** What HEAD is. A branch may be unborn: then its oid is null. */
  head(): Head | null
  /** Refs whose full name starts with the prefix, by name. `HEAD` and `shallow` are not among them. */
  list(prefix?: string): readonly NamedRef[]
  readonly shallow: ReadonlySet<Oid>
}

/** The branch that HEAD names, or the commit it is detached at. */
export type Head =
  | { readonly branch: string; readonly oid: Oid | null }
  | { readonly branch: null; readonly oid: Oid }

/** A ref that leads to an object. */
export interface NamedRef {
  readonly name: string
  readonly oid: Oid
  /** The name a symbolic ref holds. */
  readonly symbolic?: string
}

const symbolicPrefix = 'ref: '
const shallowName = 'shallow'
// git gives up at the same depth (refs.h, SYMREF_MAXDEPTH).
const maximumSymbolicDepth = 5

/** A view of ref rows. */
export function createRefs(rows: Iterable<Pick<RefRow, 'name' | 'value'>>): Refs {
  const values = new Map<string, string>()
  for (const { name, value } of rows) values.set(name, value)

  function target(name: string): string {
    let at = name
    for (let depth = 0; depth < maximumSymbolicDepth; depth++) {
      const value = values.get(at)
      if (value === undefined || !value.startsWith(symbolicPrefix)) return at
      at = value.slice(symbolicPrefix.length).trim()
    }
    return name
  }
  function oid(name: string): Oid | null {
    const value = values.get(target(name))
    return value !== undefined && isOid(value) ? value : null
  }

  return {
    value: (name) => values.get(name) ?? null,
    oid,
    target,
    head() {
      if (!values.has('HEAD')) return null
      const branch = target('HEAD')
      const at = oid('HEAD')
      if (branch !== 'HEAD') return { branch, oid: at }
      return at === null ? null : { branch: null, oid: at }
    },
    list(prefix = 'refs/') {
      const refs: NamedRef[] = []
      for (const [name, value] of values) {
        if (!name.startsWith(prefix) || name === 'HEAD' || name === shallowName) continue
        const at = oid(name)
        if (at === null) continue
        if (value.startsWith(symbolicPrefix)) refs.push({ name, oid: at, symbolic: target(name) })
        else refs.push({ name, oid: at })
      }
      return refs.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    shallow: new Set((values.get(shallowName) ?? '').split('\n').filter(isOid)),
  }
}

/** The value of a symbolic ref. */
export function symbolicRef(name: string): string {
  return symbolicPrefix + name
}

/** The write that moves the shallow boundary: put it in the batch that adds the packs. */
export function shallowWrite(boundary: Iterable<Oid>): Write {
  const value = [...new Set(boundary)].sort().join('\n')
  return { kind: 'setRef', name: shallowName, value: value === '' ? null : value }
}

/** An object behind a name. */
export interface ResolvedRef {
  readonly kind: 'head' | 'branch' | 'tag' | 'remote-branch' | 'other-ref' | 'oid'
  /** The full name of the ref; null for an object id and a detached HEAD. */
  readonly name: string | null
  /** The commit, tags peeled. */
  readonly oid: Oid
}

/** Finds the ids that start with some hex digits. */
export type FindByPrefix = (prefix: string) => Promise<readonly Oid[]> | readonly Oid[]

/**
 * The commit behind what a user typed: `HEAD`, a full ref name, a branch, a tag, a remote branch, or an object
 * id (at least four digits where `findByPrefix` is given). A branch goes before a tag of the same name, as in
 * `git switch`; a full id goes before everything. Throws `git/ref-missing`, `git/object-type` when it is not a
 * commit, and `git/bad-ref-name` for an ambiguous id (`data.candidates`).
 */
export async function resolveCommit(
  refs: Refs,
  reader: ObjectReader,
  input: string,
  findByPrefix?: FindByPrefix,
): Promise<ResolvedRef> {
  if (isOid(input.toLowerCase())) {
    return { kind: 'oid', name: null, oid: await peelToCommit(reader, input.toLowerCase() as Oid) }
  }
  const named = findRef(refs, input)
  if (named !== null) return { ...named, oid: await peelToCommit(reader, named.oid) }
  if (findByPrefix !== undefined && /^[0-9a-f]{4,39}$/i.test(input)) {
    const commits = new Map<Oid, Oid>()
    for (const oid of await findByPrefix(input.toLowerCase())) {
      const peeled = await peel(reader, oid)
      if (peeled.type === 'commit') commits.set(oid, peeled.oid)
    }
    const found = new Set(commits.values())
    if (found.size > 1) {
      throw new EspalierError(
        'git/bad-ref-name',
        `The abbreviated id "${input}" fits ${commits.size} objects. Write more digits.`,
        { data: { input, candidates: [...commits.keys()] } },
      )
    }
    for (const oid of found) return { kind: 'oid', name: null, oid }
  }
  throw new EspalierError(
    'git/ref-missing',
    `There is no branch, tag or commit "${input.slice(0, 100)}" here.`,
    {
      data: { input },
    },
  )
}

function findRef(refs: Refs, input: string): ResolvedRef | null {
  if (input === 'HEAD' || input === '@') {
    const head = refs.head()
    if (head === null || head.oid === null) return null
    return { kind: 'head', name: head.branch, oid: head.oid }
  }
  const candidates: readonly (readonly [ResolvedRef['kind'], string])[] = [
    [kindOfRef(input), input],
    ['branch', `refs/heads/${input}`],
    ['tag', `refs/tags/${input}`],
    ['remote-branch', `refs/remotes/${input}`],
    ['remote-branch', `refs/remotes/${input}/HEAD`],
    [kindOfRef(`refs/${input}`), `refs/${input}`],
  ]
  for (const [kind, name] of candidates) {
    const oid = name.startsWith('refs/') ? refs.oid(name) : null
    if (oid !== null) return { kind, name, oid }
  }
  return null
}

function kindOfRef(name: string): ResolvedRef['kind'] {
  if (name.startsWith('refs/heads/')) return 'branch'
  if (name.startsWith('refs/tags/')) return 'tag'
  return name.startsWith('refs/remotes/') ? 'remote-branch' : 'other-ref'
}

/** Follows annotated tags to what they tag. Throws `git/object-missing`, `git/object-corrupt`. */
export async function peel(
  reader: ObjectReader,
  start: Oid,
): Promise<{ readonly oid: Oid; readonly type: ObjectType }> {
  let oid = start
  // A tag cannot contain itself (its id is a hash of its content), so the chain ends.
  for (;;) {
    const { type, bytes } = await reader.read(oid)
    if (type !== 'tag') return { oid, type }
    oid = parseTag(bytes).object
  }
}

/** The commit behind an object, tags peeled. Throws `git/object-type` for a tree or blob. */
export async function peelToCommit(reader: ObjectReader, start: Oid): Promise<Oid> {
  const { oid, type } = await peel(reader, start)
  if (type === 'commit') return oid
  throw new EspalierError('git/object-type', `The object ${oid} is a ${type}, not a commit.`, {
    data: { oid, type },
  })
}
