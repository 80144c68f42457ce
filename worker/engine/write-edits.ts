import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import type { WriteOptions } from '../../src/protocol/validation.ts'
import { asParent } from '../format/record-layout.ts'
import type { Branch } from './branch.ts'
import type { RecordChange } from './collection-snapshot.ts'
import type { Edit, JournalEntry } from './journal.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import type { Repository } from './repository.ts'
import { checkWrites, type RecordsBefore } from './validate-writes.ts'

/** Plans edits of one collection on what the view shows. Runs again when another tab was faster. */
export type Planner = (view: EditView) => Promise<readonly PlannedEdit[]>

/** Writes edits of a branch: durable in the journal first, then visible. */
export interface EditWriter {
  /** Resolves with the edits once they are durable, those that follow from deletes among them. */
  write(collection: string, plan: Planner, options?: WriteOptions): Promise<readonly PlannedEdit[]>
  /** Takes working changes back: all of them, or those of the records. */
  discard(records: readonly RecordAddress[] | 'all'): Promise<void>
}

interface Intent {
  readonly collection: string
  readonly plan: Planner
  readonly options: WriteOptions
  readonly resolve: (edits: readonly PlannedEdit[]) => void
  readonly reject: (reason: unknown) => void
}

/** Lost races before giving up. Each loss means that another tab got on, so in practice two are rare. */
export const maxAttempts = 20

/**
 * Calls that arrive while a batch is being stored wait and share the next one: their cost is one durable
 * transaction, not one each. Each keeps its own journal entry and its own outcome.
 */
export function createEditWriter(
  repository: Repository,
  branch: Branch,
  defaults: WriteOptions = {},
): EditWriter {
  let waiting: Intent[] = []
  let running = false

  const run = async (): Promise<void> => {
    running = true
    try {
      while (waiting.length > 0) {
        await repository
          .exclusive(async () => {
            const intents = waiting
            waiting = []
            await writeIntents(repository, branch, intents)
          })
          .catch((error: unknown) => {
            const failed = waiting
            waiting = []
            for (const intent of failed) intent.reject(error)
          })
      }
    } finally {
      running = false
    }
  }

  return {
    write: (collection, plan, options = {}) =>
      new Promise((resolve, reject) => {
        waiting.push({ collection, plan, options: { ...defaults, ...options }, resolve, reject })
        if (!running) void run()
      }),
    discard: (records) => repository.exclusive(() => discard(repository, branch, records)),
  }
}

async function writeIntents(
  repository: Repository,
  branch: Branch,
  intents: readonly Intent[],
): Promise<void> {
  let open = intents
  try {
    for (let attempt = 0; attempt < maxAttempts && open.length > 0; attempt++) {
      const { planned, failed } = await planAll(repository, branch, open)
      // A plan may have failed only because this tab is behind: look before saying no.
      if (failed.length > 0 && (await branch.catchUp(await repository.refresh()))) continue
      for (const { intent, reason } of failed) intent.reject(reason)
      open = planned.map(({ intent }) => intent)
      if (await append(repository, branch, planned)) {
        for (const { intent, edits } of planned) intent.resolve(edits)
        return
      }
      await branch.catchUp(await repository.refresh())
    }
    if (open.length > 0) throw tooBusy()
  } catch (error) {
    for (const intent of open) intent.reject(error)
  }
}

interface Planned {
  readonly intent: Intent
  readonly edits: readonly PlannedEdit[]
}

interface Plans {
  readonly planned: readonly Planned[]
  readonly failed: readonly { readonly intent: Intent; readonly reason: unknown }[]
}

/**
 * Plans each intent on top of those before it. Nothing may be acknowledged that a commit could not write: files
 * that records share are made once for all intents, and for each on its own only if that fails.
 */
async function planAll(repository: Repository, branch: Branch, intents: readonly Intent[]): Promise<Plans> {
  if (intents.length > 1) {
    const all = await planEach(repository, branch, intents, false)
    try {
      const collections = all.planned.flatMap(({ edits }) => edits.map(({ edit }) => edit.collection))
      for (const id of new Set(collections)) await tryFiles(branch, id, all.staged.of(id))
      return all
    } catch {
      // One of them cannot be written: find out which.
    }
  }
  return planEach(repository, branch, intents, true)
}

async function planEach(
  repository: Repository,
  branch: Branch,
  intents: readonly Intent[],
  trying: boolean,
): Promise<Plans & { readonly staged: Staged }> {
  const planned: Planned[] = []
  const failed: { intent: Intent; reason: unknown }[] = []
  const staged = createStaged()
  for (const intent of intents) {
    try {
      const { options } = intent
      const view = (id: string): Promise<EditView> =>
        viewOf(branch, id, staged, options.references === 'cascade')
      const own = await intent.plan(await view(intent.collection))
      const { snapshot } = branch
      const before = { repository, snapshot, view, ...differences(branch, staged) }
      const edits = await checkWrites(before, own, options)
      if (trying) {
        for (const id of new Set(edits.map(({ edit }) => edit.collection))) {
          const of = edits.filter(({ edit }) => edit.collection === id)
          await tryFiles(branch, id, staged.of(id), of)
        }
      }
      planned.push({ intent, edits })
      for (const { edit } of edits) staged.add(edit)
    } catch (reason) {
      failed.push({ intent, reason })
    }
  }
  return { planned, failed, staged }
}

/** Makes the files that records of a collection share, with all working changes. Throws what keeps one from being written. */
async function tryFiles(
  branch: Branch,
  id: string,
  staged: ReadonlyMap<string, RecordValue | null>,
  edits: readonly PlannedEdit[] = [],
): Promise<void> {
  const collection = await branch.snapshot.collection(id)
  if (collection.editFile) return
  const changes = new Map<string, RecordChange>(branch.changes.of(id))
  for (const [key, after] of staged) changes.set(key, { after })
  for (const { edit } of edits) changes.set(edit.key, edit)
  await collection.write(changes)
}

/** Edits that were planned a moment ago and are not in the journal yet. */
interface Staged {
  of(collection: string): ReadonlyMap<string, RecordValue | null>
  add(edit: Edit): void
}

const noEdits: ReadonlyMap<string, RecordValue | null> = new Map()

function createStaged(): Staged {
  const staged = new Map<string, Map<string, RecordValue | null>>()
  return {
    of: (collection) => staged.get(collection) ?? noEdits,
    add: ({ collection, key, after }) => {
      const records = staged.get(collection)
      if (records) records.set(key, after)
      else staged.set(collection, new Map([[key, after]]))
    },
  }
}

/** The records that differ from the commit's. */
function differences({ changes }: Branch, staged: Staged): Pick<RecordsBefore, 'changes' | 'changed'> {
  return {
    *changes(id) {
      for (const [key, { after }] of changes.of(id)) if (!staged.of(id).has(key)) yield [key, after]
      yield* staged.of(id)
    },
    changed: (id, key) => {
      const now = staged.of(id).get(key)
      return now === undefined ? changes.get(id, key)?.after : now
    },
  }
}

/** `alone`: whoever plans deletes the records of subcollections as well. */
async function viewOf(branch: Branch, id: string, staged: Staged, alone: boolean): Promise<EditView> {
  const { snapshot, changes } = branch
  if (snapshot.schema.inferred) throw isInferred(id)
  const collection = await snapshot.collection(id)
  const children = [...snapshot.schema.collections.values()].filter(({ parent }) => parent === id)
  const { changed } = differences(branch, staged)
  const childrenNow = children.map(({ id }) => {
    let byParent: Map<string, string> | undefined
    /** A changed record that is there now, by its parent. */
    return (): ReadonlyMap<string, string> => {
      if (byParent) return byParent
      byParent = new Map()
      for (const key of [...changes.of(id).keys(), ...staged.of(id).keys()])
        if (changed(id, key)) byParent.set(key.slice(0, key.lastIndexOf('/')), key)
      return byParent
    }
  })
  return {
    collection,
    formulas: branch.snapshot.formulas,
    *newKeys() {
      for (const [key, { before, after }] of changes.of(id)) if (before === null && after !== null) yield key
      for (const [key, after] of staged.of(id)) if (after !== null) yield key
    },
    working: (key) => {
      const now = staged.of(id).get(key)
      if (now !== undefined) return { value: now, base: now }
      const change = changes.get(id, key)
      if (!change) return undefined
      return { value: change.after, base: change.conflict ? change.conflict.theirs : change.after }
    },
    hasRecord: async (other, key) => {
      const now = changed(other, key)
      return now === undefined
        ? (await (await snapshot.collection(other)).get(key)) !== undefined
        : now !== null
    },
    childOf: async (key) => {
      if (alone) return undefined
      const parent = asParent(collection.definition, key)
      for (const [index, child] of children.entries()) {
        // Records that this version cannot read are nothing that it could keep together.
        if (!child.readable.ok) continue
        const present = childrenNow[index]?.().get(parent)
        if (present !== undefined) return { collection: child.id, key: present }
        const { records } = await (await snapshot.collection(child.id)).load(parent)
        for (const [own] of records.entries())
          if (changed(child.id, own) !== null) return { collection: child.id, key: own }
      }
      return undefined
    },
  }
}

function isInferred(collection: string): EspalierError {
  return new EspalierError(
    'format/read-only',
    `${collection} was inferred from files without a definition, so it is only read. Commit a definition first.`,
    { data: { collection } },
  )
}

async function append(repository: Repository, branch: Branch, planned: readonly Planned[]): Promise<boolean> {
  const withEdits = planned.filter(({ edits }) => edits.length > 0)
  if (withEdits.length === 0) return true
  const { ref, snapshot, journalSeq } = branch
  const edits = withEdits.flatMap((plan) => plan.edits)
  const unsaved = branch.saving(edits.map(({ edit }) => edit))
  const outcome = await repository
    .commit(
      [
        { kind: 'ref', name: ref, value: snapshot.commit },
        { kind: 'journal', scope: ref, seq: journalSeq },
      ],
      withEdits.map(({ edits }) => {
        const entry: JournalEntry = { base: snapshot.commit, edits: edits.map(({ edit }) => edit) }
        return { kind: 'appendJournal', scope: ref, entry }
      }),
    )
    .catch((error: unknown) => {
      unsaved()
      throw error
    })
  if (!outcome) {
    unsaved()
    return false
  }
  branch.applied(edits, outcome.journalSeqs.get(ref) ?? journalSeq + withEdits.length)
  announceEdits(
    repository,
    branch,
    edits.map(({ edit }) => edit),
  )
  return true
}

async function discard(
  repository: Repository,
  branch: Branch,
  records: readonly RecordAddress[] | 'all',
): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { ref, snapshot, journalSeq, changes } = branch
    const require = [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
    ] as const
    const edits = takeBack(changes, records)
    if (edits.length === 0) {
      // Another tab may have written what this one has not seen yet.
      if (await branch.catchUp(await repository.refresh())) continue
      return
    }
    const all = edits.length === changes.size
    // Emptying the journal still counts its number up: that is how other tabs notice.
    const entry: JournalEntry = { base: snapshot.commit, edits: all ? [] : edits }
    const outcome = await repository.commit(require, [
      ...(all ? [{ kind: 'deleteJournal', scope: ref, through: journalSeq } as const] : []),
      { kind: 'appendJournal', scope: ref, entry },
    ])
    if (outcome) {
      if (all) changes.clear()
      else for (const { collection, key } of edits) changes.set(collection, key, undefined)
      branch.applied([], outcome.journalSeqs.get(ref) ?? journalSeq)
      announceEdits(repository, branch, edits)
      return
    }
    await branch.catchUp(await repository.refresh())
  }
  throw tooBusy()
}

/** The edits that undo working changes: back to the value that the commit has. */
function takeBack(changes: Branch['changes'], records: readonly RecordAddress[] | 'all'): readonly Edit[] {
  const wanted = records === 'all' ? [...changes.entries()] : records
  const edits: Edit[] = []
  for (const { collection, key } of wanted) {
    const change = changes.get(collection, key)
    if (!change) continue
    const committed = change.conflict ? change.conflict.theirs : change.before
    edits.push({ collection, key, before: committed, after: committed })
  }
  return edits
}

/** Beyond this many records a listener reads again instead of following each. */
const maxNamedRecords = 1000

/** Tells this tab's listeners and the other tabs. */
export function announceEdits(
  repository: Repository,
  branch: Branch,
  records: readonly RecordAddress[],
): void {
  repository.emit({
    type: 'changed',
    branch: branch.name,
    records:
      records.length > maxNamedRecords ? null : records.map(({ collection, key }) => ({ collection, key })),
  })
  repository.announcer.announce(branch.ref)
}

export function tooBusy(): EspalierError {
  return new EspalierError(
    'engine/busy',
    `Other tabs wrote first ${maxAttempts} times in a row; nothing was written. Try again.`,
  )
}
