import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import type { ChangeFilter, RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import {
  applied,
  currentBranch,
  edit,
  same,
  valuesNow,
  type Commit,
  type LocalBranch,
  type Model,
  type Operation,
} from './model.ts'

type Values = ReadonlyMap<string, RecordValue>
type Edits = Operation['edits']

export function stateOf(model: Model): { readonly values: Values; readonly commit: Commit } {
  const branch = currentBranch(model)
  return { values: valuesNow(branch), commit: branch.commit }
}

/** Notes what a command of a tab changed, if it was one that writes. */
export function noteOperation(
  model: Model,
  tab: number,
  before: { readonly branch: string; readonly values: Values; readonly commit: Commit },
): void {
  const after = stateOf(model)
  if (model.current !== before.branch || after.commit !== before.commit) return
  const edits = new Map<string, { before: RecordValue | null; after: RecordValue | null }>()
  for (const at of new Set([...before.values.keys(), ...after.values.keys()])) {
    const change = { before: before.values.get(at) ?? null, after: after.values.get(at) ?? null }
    if (!same(change.before, change.after)) edits.set(at, change)
  }
  noteEdits(model, tab, edits)
}

export function noteEdits(model: Model, tab: number, edits: Edits): void {
  if (edits.size === 0) return
  const { working } = currentBranch(model)
  const clean = new Set([...edits.keys()].filter((at) => !working.has(at)))
  model.operations[tab]?.push({ branch: model.current, edits, clean })
}

export type Taken =
  | { readonly status: 'error'; readonly code: ErrorCode }
  | {
      readonly status: 'empty' | 'done' | 'refused'
      readonly done: Edits
      readonly refused: readonly string[]
    }

/** What an undo must answer, and do to the oracle. `done` says what the undo itself changed. */
export function takeBack(model: Model, tab: number): Taken {
  const branch = currentBranch(model)
  const operations = model.operations[tab] ?? []
  const index = operations.findLastIndex((operation) => operation.branch === model.current)
  const operation = operations[index]
  if (!operation) return { status: 'empty', done: new Map(), refused: [] }
  const now = valuesNow(branch)
  const done = new Map<string, { before: RecordValue | null; after: RecordValue | null }>()
  const refused: string[] = []
  for (const [at, { before, after }] of operation.edits) {
    const isOpen = branch.working.has(at) || operation.clean.has(at)
    if (isOpen && same(now.get(at) ?? null, after)) done.set(at, { before: after, after: before })
    else refused.push(at)
  }
  const gone = new Map([...done].filter(([, { after }]) => after === null).map(([at]) => [at, null]))
  const without = applied(now, gone)
  if ([...gone.keys()].some((at) => hasChild(without, at)))
    return { status: 'error', code: 'record/referenced' }
  const values = applied(now, new Map([...done].map(([at, { after }]) => [at, after])))
  const back = [...done].flatMap(([at, { before, after }]) => (before === null && after !== null ? [at] : []))
  if (back.some((at) => isOrphan(values, at))) return { status: 'error', code: 'record/missing' }
  operations.splice(index, 1)
  for (const [at, { after }] of done) edit(branch, at, after)
  return { status: done.size > 0 ? 'done' : 'refused', done, refused }
}

/** The working changes that a filter means. */
export function selectedBy(
  branch: LocalBranch,
  filter: ChangeFilter,
): ReadonlyMap<string, RecordValue | null> {
  const { commit, working } = branch
  return new Map(
    [...working].filter(([at, after]) => {
      if (isList(filter)) return filter.some(({ collection, key }) => at === `${collection}|${key}`)
      const kind = after === null ? 'delete' : commit.values.has(at) ? 'update' : 'insert'
      const isOfCollection = filter.collection === undefined || at.startsWith(`${filter.collection}|`)
      return isOfCollection && (filter.kind === undefined || filter.kind === kind)
    }),
  )
}

function isList(filter: ChangeFilter): filter is readonly RecordAddress[] {
  return Array.isArray(filter)
}

/** Whether new records have their parents, and deleted ones no children, or did not in `anyway`. */
export function keepsFamilies(
  before: Values,
  after: Values,
  edited: Iterable<string>,
  anyway: Values,
): boolean {
  const isApart = (values: Values, at: string): boolean =>
    values.has(at) ? !before.has(at) && isOrphan(values, at) : hasChild(values, at)
  return [...edited].every((at) => !isApart(after, at) || isApart(anyway, at))
}

function hasChild(values: Values, at: string): boolean {
  if (!at.startsWith('units|')) return false
  const prefix = `${at.slice('units|'.length)}/`
  return [...values.keys()].some(
    (other) => /^units\/\w+\|/.test(other) && other.split('|')[1]?.startsWith(prefix),
  )
}

function isOrphan(values: Values, at: string): boolean {
  if (!at.startsWith('units/')) return false
  const key = at.slice(at.indexOf('|') + 1)
  return !values.has(`units|${key.slice(0, key.indexOf('/'))}`)
}
