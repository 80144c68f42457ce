let databases = 0

/** A database name that no other test uses. */
export function freshName(): string {
  return `test-${++databases}`
}

/** What fake-indexeddb lets a test do to a transaction: end it as the browser does when it has no room. */
export interface FakeTransaction {
  _abort(errorName: string): void
}

/** Runs work while every put is followed by a fault of its transaction. */
export async function afterPut(
  fault: (tx: FakeTransaction) => void,
  work: () => Promise<void>,
): Promise<void> {
  const prototype = IDBObjectStore.prototype
  const put = prototype.put
  prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
    const request = put.apply(this, args)
    const tx = this.transaction as unknown as FakeTransaction // fake-indexeddb's own class
    queueMicrotask(() => fault(tx))
    return request
  }
  try {
    await work()
  } finally {
    prototype.put = put
  }
}
