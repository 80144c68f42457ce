import type { Page } from 'playwright-core'

interface Counting {
  benchStoredBytes?: number
}

/** Starts to count what the page's workers put into IndexedDB from now on: every put counts, overwritten or not. */
export async function watchStoredBytes(page: Page): Promise<void> {
  for (const worker of page.workers()) {
    // tsx marks named functions with a helper that the worker does not have.
    await worker.evaluate('globalThis.__name = (target) => target')
    await worker.evaluate(() => {
      const scope = globalThis as Counting
      if (scope.benchStoredBytes !== undefined) return
      scope.benchStoredBytes = 0
      const count = (value: unknown): void => {
        scope.benchStoredBytes = (scope.benchStoredBytes ?? 0) + size(value)
      }
      const { put, add } = IDBObjectStore.prototype
      IDBObjectStore.prototype.put = function (value: unknown, ...key: IDBValidKey[]) {
        count(value)
        return put.call(this, value, ...key)
      }
      IDBObjectStore.prototype.add = function (value: unknown, ...key: IDBValidKey[]) {
        count(value)
        return add.call(this, value, ...key)
      }

      function size(value: unknown): number {
        if (typeof value === 'string') return new TextEncoder().encode(value).length
        if (typeof value !== 'object' || value === null) return 8
        if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength
        if (value instanceof Blob) return value.size
        if (value instanceof Map) return size([...value.entries()])
        if (value instanceof Set) return size([...value])
        return Object.entries(value).reduce(
          (sum, [name, part]) => sum + (Array.isArray(value) ? 0 : name.length) + size(part),
          0,
        )
      }
    })
  }
}

/** What was put since `watchStoredBytes`. */
export async function storedBytes(page: Page): Promise<number> {
  const counts = await Promise.all(
    page.workers().map((worker) => worker.evaluate(() => (globalThis as Counting).benchStoredBytes ?? 0)),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
