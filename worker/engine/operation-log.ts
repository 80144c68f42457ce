import { equalValues } from '../format/record-diff.ts'
import type { Oid } from '../git/oid.ts'
import type { Branch } from './branch.ts'
import type { Edit } from './journal.ts'

/** One acknowledged call of this tab. */
export interface DoneOperation {
  /** The branch's commit when it was written. */
  readonly commit: Oid
  /** The values that reads saw before and after, in order; a record may come several times. */
  readonly edits: readonly DoneEdit[]
}

export interface DoneEdit extends Edit {
  /** The record was in conflict before: that state cannot be brought back. */
  readonly decided?: true
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

/** Edits as reads see what they do. Call it before the branch takes them in. */
export function doneEdits({ changes }: Pick<Branch, 'changes'>, edits: readonly Edit[]): readonly DoneEdit[] {
  if (changes.size === 0) return edits
  return edits.map((edit) => {
    const change = changes.get(edit.collection, edit.key)
    // An edit of a record in conflict starts from their value, while reads saw ours.
    if (!change?.conflict || edit.before !== change.conflict.theirs) return edit
    return { ...edit, before: change.after, decided: true }
  })
}

/** Each record that is another one now once, from before the first edit to after the last. */
function mergeEdits(edits: readonly DoneEdit[]): readonly DoneEdit[] {
  const merged = new Map<string, DoneEdit>()
  for (const edit of edits) {
    // No collection id holds a line break.
    const address = `${edit.collection}\n${edit.key}`
    const first = merged.get(address)
    merged.set(address, first ? { ...first, after: edit.after } : edit)
  }
  return [...merged.values()].filter(
    ({ before, after }) => !equalValues(before ?? undefined, after ?? undefined),
  )
}
