import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'
import type { Branch } from '../branches/branch.ts'
import type { Edit } from '../branches/journal.ts'

/** One acknowledged call of this tab. */
export interface DoneOperation {
  /** The values that reads saw before and after, in order; a record may come several times. */
  readonly edits: readonly DoneEdit[]
}

export interface DoneEdit extends Edit {
  /** The record was in conflict before: that state cannot be brought back. */
  readonly decided?: true
  /** The record was no working change after it: without one it has not been committed since. */
  readonly clean?: true | undefined
}

/** The last operations of this tab on one branch: what can be undone, and what was. */
export interface OperationLog {
  /** An operation of the app: what was undone before cannot be redone any more. */
  add(operation: DoneOperation): void
  /** Takes the last operation out that changed something, each record once. */
  take(direction: 'undo' | 'redo'): DoneOperation | undefined
  /** Gives back one that could not be undone now. */
  giveBack(direction: 'undo' | 'redo', operation: DoneOperation): void
  /** An operation that took another one back: the other direction takes this one back. */
  addReverse(direction: 'undo' | 'redo', operation: DoneOperation): void
}

const maxOperations = 100
/** The values are those of the rows in memory; beyond this many they may be the only ones that hold them. */
const maxEdits = 100_000

export function createOperationLog(): OperationLog {
  const stacks: Record<'undo' | 'redo', DoneOperation[]> = { undo: [], redo: [] }
  let edits = 0

  const push = (stack: DoneOperation[], operation: DoneOperation): void => {
    if (operation.edits.length === 0) return
    stack.push(operation)
    edits += operation.edits.length
    // The newest one always stays.
    for (const oldest of stack.slice(0, -1)) {
      if (stack.length <= maxOperations && edits <= maxEdits) break
      stack.shift()
      edits -= oldest.edits.length
    }
  }
  const clear = (stack: DoneOperation[]): void => {
    for (const operation of stack.splice(0)) edits -= operation.edits.length
  }

  return {
    add: (operation) => {
      clear(stacks.redo)
      push(stacks.undo, operation)
    },
    take: (direction) => {
      for (;;) {
        const operation = stacks[direction].pop()
        if (!operation) return undefined
        edits -= operation.edits.length
        const merged = mergeEdits(operation.edits)
        if (merged.length > 0) return { ...operation, edits: merged }
      }
    },
    giveBack: (direction, operation) => push(stacks[direction], operation),
    addReverse: (direction, operation) => push(stacks[direction === 'undo' ? 'redo' : 'undo'], operation),
  }
}

/** The edits of calls that are written together, as reads see what they do. Call it before the branch takes them in. */
export function doneEdits(
  { changes }: Pick<Branch, 'changes'>,
  calls: readonly (readonly Edit[])[],
): readonly (readonly DoneEdit[])[] {
  // What starts and ends at the committed value has changed nothing.
  if (changes.size === 0 && calls.length < 2) return calls
  const committed = new Map<string, RecordValue | null>()
  // Bulk inserts: each record once, and nothing is committed of those without a change.
  const areInserts = calls.every((edits) => edits.every(({ before }) => before === null))
  return calls.map((edits) =>
    edits.map((edit) => {
      const change = changes.get(edit.collection, edit.key)
      if (areInserts && !change) return edit
      const { conflict } = change ?? {}
      const address = addressOf(edit)
      if (!committed.has(address))
        committed.set(address, conflict ? conflict.theirs : (change ?? edit).before)
      // An edit of a record in conflict starts from their value, while reads saw ours.
      if (change && conflict && edit.before === conflict.theirs)
        return { ...edit, before: change.after, decided: true }
      return isSame(committed.get(address), edit.after) ? { ...edit, clean: true } : edit
    }),
  )
}

/** Each record that is another one now once, from before the first edit to after the last. */
function mergeEdits(edits: readonly DoneEdit[]): readonly DoneEdit[] {
  const merged = new Map<string, DoneEdit>()
  for (const edit of edits) {
    const address = addressOf(edit)
    const first = merged.get(address)
    merged.set(address, first ? { ...first, after: edit.after, clean: edit.clean } : edit)
  }
  return [...merged.values()].filter(({ before, after }) => !isSame(before, after))
}

/** No collection id holds a line break. */
function addressOf({ collection, key }: Edit): string {
  return `${collection}\n${key}`
}

function isSame(a: RecordValue | null | undefined, b: RecordValue | null): boolean {
  return equalValues(a ?? undefined, b ?? undefined)
}
