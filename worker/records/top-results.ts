import type { OrderVector, ResultOrder } from './order-rows.ts'

/** Takes results in any order and answers the first of them in order. */
export interface TopResults<Env> {
  add(env: Env): void
  /** In order. */
  results(): readonly Env[]
}

interface Placed<Env> {
  readonly env: Env
  readonly vector: OrderVector
}

/**
 * Keeps the first `limit` results of an order: a heap with the last of them on top, so that most candidates of a large
 * collection are refused by one comparison. `keep` makes a result that may be held.
 */
export function createTopResults<Env>(
  order: ResultOrder<Env>,
  limit: number,
  keep: (env: Env) => Env,
): TopResults<Env> {
  const heap: Placed<Env>[] = []
  const compare = (a: Placed<Env>, b: Placed<Env>): number => order.compareVectors(a.vector, b.vector)

  return {
    add: (env) => {
      const last = heap[0]
      if (heap.length < limit) {
        heap.push({ env: keep(env), vector: order.vectorOf(env) })
        // Without a limit this is a plain list.
        if (limit !== Infinity) siftUp(heap, compare)
      } else if (last !== undefined && order.compareTo(env, last.vector) < 0) {
        heap[0] = { env: keep(env), vector: order.vectorOf(env) }
        siftDown(heap, compare)
      }
    },
    results: () => heap.sort(compare).map(({ env }) => env),
  }
}

/** Moves the last entry up to its place; the largest is on top. */
function siftUp<T>(heap: T[], compare: (a: T, b: T) => number): void {
  let at = heap.length - 1
  const entry = heap[at] as T // called after a push
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as T // above < at
    if (compare(entry, parent) <= 0) break
    heap[at] = parent
    at = above
  }
  heap[at] = entry
}

/** Moves the first entry down to its place. */
function siftDown<T>(heap: T[], compare: (a: T, b: T) => number): void {
  let at = 0
  const entry = heap[0] as T // called on a heap that holds something
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    let child = heap[below] as T // below < length
    const other = heap[below + 1]
    if (other !== undefined && compare(other, child) > 0) {
      child = other
      below++
    }
    if (compare(child, entry) <= 0) break
    heap[at] = child
    at = below
  }
  heap[at] = entry
}
