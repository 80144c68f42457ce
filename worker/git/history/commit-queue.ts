/** A queue that gives the newest first, and the first added among equals (git's prio-queue.c). */
export interface CommitQueue<T> {
  readonly size: number
  push(timestamp: number, item: T): void
  /** The newest item without taking it. */
  peek(): { readonly timestamp: number; readonly item: T } | undefined
  pop(): T | undefined
  items(): Iterable<T>
}

interface Row<T> {
  readonly timestamp: number
  readonly order: number
  readonly item: T
}

/** Makes an empty queue (a binary heap). */
export function createCommitQueue<T>(): CommitQueue<T> {
  const heap: Row<T>[] = []
  let added = 0
  const before = (a: Row<T>, b: Row<T>): boolean =>
    a.timestamp === b.timestamp ? a.order < b.order : a.timestamp > b.timestamp

  return {
    get size() {
      return heap.length
    },
    push(timestamp, item) {
      const row = { timestamp, order: added++, item }
      let at = heap.length
      heap.push(row)
      while (at > 0) {
        const parentAt = (at - 1) >> 1
        const parent = heap[parentAt] as Row<T> // parentAt < at
        if (!before(row, parent)) break
        heap[at] = parent
        at = parentAt
      }
      heap[at] = row
    },
    peek: () => heap[0],
    pop() {
      const top = heap[0]
      const last = heap.pop()
      if (top === undefined || last === undefined) return undefined
      if (heap.length === 0) return top.item
      let at = 0
      for (;;) {
        const leftAt = 2 * at + 1
        const left = heap[leftAt]
        if (left === undefined) break
        const right = heap[leftAt + 1]
        const childAt = right !== undefined && before(right, left) ? leftAt + 1 : leftAt
        const child = heap[childAt] as Row<T> // the left child exists, and the right one where chosen
        if (!before(child, last)) break
        heap[at] = child
        at = childAt
      }
      heap[at] = last
      return top.item
    },
    *items() {
      for (const row of heap) yield row.item
    },
  }
}
