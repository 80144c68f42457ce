import type { RecordValue } from '../../src/protocol/records.ts'

/** The oracle: what a database that never fails would hold, in plain maps. It knows nothing of git. */
export interface Commit {
  readonly parent: Commit | null
  readonly message: string
  /** `collection/key` → value. */
  readonly values: ReadonlyMap<string, RecordValue>
}

export interface LocalBranch {
  commit: Commit
  /** Working changes: null where the record goes. None equals what the commit holds. */
  readonly working: Map<string, RecordValue | null>
}

export interface Model {
  readonly local: Map<string, LocalBranch>
  readonly remote: Map<string, Commit>
  /** The remote's branches as last seen. */
  tracked: Map<string, Commit>
  /** The branch that the next commands work on. */
  current: string
  /** Makes messages and names unique. */
  counter: number
  /** Per tab what it wrote, oldest first: what it can undo. */
  operations: Operation[][]
}

/** One call that changed something: the records that it changed, before and after. */
export interface Operation {
  readonly branch: string
  readonly edits: ReadonlyMap<
    string,
    { readonly before: RecordValue | null; readonly after: RecordValue | null }
  >
  /** Those of its records that were no working change after it: what holds them is no later commit. */
  readonly clean: ReadonlySet<string>
}

export function createModel(values: ReadonlyMap<string, RecordValue>): Model {
  const start: Commit = { parent: null, message: 'Start', values }
  return {
    local: new Map([['main', { commit: start, working: new Map() }]]),
    remote: new Map([['main', start]]),
    tracked: new Map([['main', start]]),
    current: 'main',
    counter: 0,
    operations: [[], []],
  }
}

export function currentBranch(model: Model): LocalBranch {
  return model.local.get(model.current) as LocalBranch // the commands only choose branches that exist
}

/** The records as reads see them. */
export function valuesNow({ commit, working }: LocalBranch): ReadonlyMap<string, RecordValue> {
  return applied(commit.values, working)
}

export function applied(
  values: ReadonlyMap<string, RecordValue>,
  edits: ReadonlyMap<string, RecordValue | null>,
): ReadonlyMap<string, RecordValue> {
  const result = new Map(values)
  for (const [key, value] of edits) {
    if (value === null) result.delete(key)
    else result.set(key, value)
  }
  return result
}

/** Makes an edit a working change, or none when it brings back what the commit holds. */
export function edit(branch: LocalBranch, key: string, value: RecordValue | null): void {
  if (same(branch.commit.values.get(key) ?? null, value)) branch.working.delete(key)
  else branch.working.set(key, value)
}

/** Two values are the same when their fields are; the order of fields means nothing. */
export function same(a: RecordValue | null, b: RecordValue | null): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

export function history(commit: Commit): readonly Commit[] {
  const commits: Commit[] = []
  for (let at: Commit | null = commit; at; at = at.parent) commits.push(at)
  return commits
}

export type PullExpectation =
  | { readonly status: 'up-to-date' | 'fast-forwarded' }
  | { readonly status: 'blocked'; readonly keys: readonly string[] }
  | { readonly status: 'diverged'; readonly ahead: number; readonly behind: number }

/** What a pull must answer, and do to the oracle. */
export function pull(model: Model): PullExpectation {
  model.tracked = new Map(model.remote)
  const branch = currentBranch(model)
  const theirs = model.tracked.get(model.current)
  if (!theirs) return { status: 'up-to-date' }
  const ours = history(branch.commit)
  if (ours.includes(theirs)) return { status: 'up-to-date' }
  const incoming = history(theirs)
  if (!incoming.includes(branch.commit)) {
    return {
      status: 'diverged',
      ahead: ours.filter((commit) => !incoming.includes(commit)).length,
      behind: incoming.filter((commit) => !ours.includes(commit)).length,
    }
  }
  const keys = [...branch.working].flatMap(([key, after]) => {
    const before = branch.commit.values.get(key) ?? null
    const now = theirs.values.get(key) ?? null
    return same(now, before) || same(now, after) ? [] : [key]
  })
  if (keys.length > 0) return { status: 'blocked', keys: keys.sort() }
  branch.commit = theirs
  for (const [key, after] of Array.from(branch.working)) edit(branch, key, after)
  return { status: 'fast-forwarded' }
}

/** What a push must answer, and do to the oracle. */
export function push(model: Model): 'up-to-date' | 'pushed' | 'diverged' {
  const { commit } = currentBranch(model)
  const known = model.tracked.get(model.current)
  if (known === commit) return 'up-to-date'
  if (known && history(known).includes(commit)) return 'up-to-date'
  const there = model.remote.get(model.current)
  if (there !== known) return 'diverged'
  if (known && !history(commit).includes(known)) return 'diverged'
  model.remote.set(model.current, commit)
  model.tracked.set(model.current, commit)
  return 'pushed'
}
