import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import type { Branch } from './branch.ts'
import type { Edit, JournalEntry } from './journal.ts'
import type { EditView, PlannedEdit } from './plan-edits.ts'
import type { Repository } from './repository.ts'

/** Plans edits of one collection on what the view shows. Runs again when another tab was faster. */
export type Planner = (view: EditView) => Promise<readonly PlannedEdit[]>

/** Writes edits of a branch: durable in the journal first, then visible. */
export interface EditWriter {
  /** Resolves with the edits once they are durable. */
  write(collection: string, plan: Planner): Promise<readonly PlannedEdit[]>
  /** Takes working changes back: all of them, or those of the records. */
  discard(records: readonly RecordAddress[] | 'all'): Promise<void>
}

interface Intent {
  readonly collection: string
  readonly plan: Planner
  readonly resolve: (edits: readonly PlannedEdit[]) => void
  readonly reject: (reason: unknown) => void
}

/** Lost races before giving up. Each loss means that another tab got on, so in practice two are rare. */
export const maxAttempts = 20

/**
 * Calls that arrive while a batch is being stored wait and share the next one: their cost is one durable
 * transaction, not one each. Each keeps its own journal entry and its own outcome.
 */
export function createEditWriter(repository: Repository, branch: Branch): EditWriter {
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
    write: (collection, plan) =>
      new Promise((resolve, reject) => {
        waiting.push({ collection, plan, resolve, reject })
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
      const { planned, failed } = await planAll(branch, open)
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

async function planAll(
  branch: Branch,
  intents: readonly Intent[],
): Promise<{ planned: readonly Planned[]; failed: readonly { intent: Intent; reason: unknown }[] }> {
  const planned: Planned[] = []
  const failed: { intent: Intent; reason: unknown }[] = []
  const staged = new Map<string, Map<string, RecordValue | null>>()
  for (const intent of intents) {
    try {
      const edits = await intent.plan(await viewOf(branch, intent.collection, staged))
      planned.push({ intent, edits })
      for (const { edit } of edits) {
        let records = staged.get(edit.collection)
        if (!records) staged.set(edit.collection, (records = new Map()))
        records.set(edit.key, edit.after)
      }
    } catch (reason) {
      failed.push({ intent, reason })
    }
  }
  return { planned, failed }
}

async function viewOf(
  branch: Branch,
  collection: string,
  staged: ReadonlyMap<string, ReadonlyMap<string, RecordValue | null>>,
): Promise<EditView> {
  return {
    collection: await branch.snapshot.collection(collection),
    *newKeys() {
      for (const [key, { before, after }] of branch.changes.of(collection))
        if (before === null && after !== null) yield key
      for (const [key, after] of staged.get(collection) ?? []) if (after !== null) yield key
    },
    working: (key) => {
      const now = staged.get(collection)?.get(key)
      if (now !== undefined) return { value: now, base: now }
      const change = branch.changes.get(collection, key)
      if (!change) return undefined
      return { value: change.after, base: change.conflict ? change.conflict.theirs : change.after }
    },
  }
}

async function append(repository: Repository, branch: Branch, planned: readonly Planned[]): Promise<boolean> {
  const withEdits = planned.filter(({ edits }) => edits.length > 0)
  if (withEdits.length === 0) return true
  const { ref, snapshot, journalSeq } = branch
  const outcome = await repository.commit(
    [
      { kind: 'ref', name: ref, value: snapshot.commit },
      { kind: 'journal', scope: ref, seq: journalSeq },
    ],
    withEdits.map(({ edits }) => {
      const entry: JournalEntry = { base: snapshot.commit, edits: edits.map(({ edit }) => edit) }
      return { kind: 'appendJournal', scope: ref, entry }
    }),
  )
  if (!outcome) return false
  const edits = withEdits.flatMap((plan) => plan.edits)
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
