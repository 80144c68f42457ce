let databases = 0

/** A database name that no other test uses. */
export function freshName(): string {
  return `test-${++databases}`
}

/** What fake-indexeddb lets a test do to a transaction: end it as the browser does when it must. */
export interface FakeTransaction {
  error: DOMException | null
  _abort(errorName: string): void
  _execRequestAsync(request: { source: IDBObjectStore; operation: () => never }): IDBRequest<IDBValidKey>
}

function fakeOf(tx: IDBTransaction): FakeTransaction {
  return tx as unknown as FakeTransaction // fake-indexeddb's own class
}

/** Runs work while every put is followed by the end of its transaction, with this error. */
export function abortingPuts(errorName: string, work: () => Promise<void>, times = Infinity): Promise<void> {
  let left = times
  return patched(
    IDBObjectStore.prototype,
    'put',
    (put) => {
      return function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
        const request = put.apply(this, args)
        if (left-- > 0) queueMicrotask(() => fakeOf(this.transaction)._abort(errorName))
        return request
      }
    },
    work,
  )
}

/** Runs work while every put is refused by its own request. */
export function failingPuts(errorName: string, work: () => Promise<void>): Promise<void> {
  return patched(
    IDBObjectStore.prototype,
    'put',
    () => {
      return function (this: IDBObjectStore) {
        const operation = (): never => {
          throw new DOMException('injected', errorName)
        }
        return fakeOf(this.transaction)._execRequestAsync({ source: this, operation })
      }
    },
    work,
  )
}

/** Runs work while the next writing transaction does land, but the page hears of a lost connection. */
export async function losingAnswer(work: () => Promise<void>): Promise<void> {
  const own = new WeakSet<IDBTransaction>() // the first listener is the one of fake-indexeddb itself
  const lost = new WeakSet<IDBTransaction>()
  let loses = 1
  await patched(
    IDBTransaction.prototype,
    'addEventListener',
    (listen) =>
      function (this: IDBTransaction, ...[type, listener]: Parameters<EventTarget['addEventListener']>) {
        const fake = fakeOf(this)
        const isCompletion = this.mode === 'readwrite' && type === 'complete'
        if (isCompletion && own.has(this) && loses > 0) {
          loses--
          lost.add(this)
          return
        }
        if (isCompletion) own.add(this)
        if (!lost.has(this) || type !== 'abort') return listen.call(this, type, listener as EventListener)
        listen.call(this, 'complete', (event: Event) => {
          fake.error = new DOMException('Connection to Indexed Database server lost', 'UnknownError')
          ;(listener as EventListener).call(this, event)
        })
      },
    work,
  )
  if (loses > 0) throw new Error('no answer was lost')
}

/** A transaction as it was opened. */
export interface SeenTransaction {
  readonly db: IDBDatabase
  readonly mode: IDBTransactionMode
  readonly durability: string
}

/** Runs work and tells every transaction that it opened, as the database saw it. */
export async function seenTransactions(work: () => Promise<void>): Promise<readonly SeenTransaction[]> {
  const seen: SeenTransaction[] = []
  await patched(
    IDBDatabase.prototype,
    'transaction',
    (transaction) => {
      return function (this: IDBDatabase, ...args: Parameters<typeof transaction>) {
        const tx = transaction.apply(this, args)
        seen.push({ db: this, mode: tx.mode, durability: tx.durability })
        return tx
      }
    },
    work,
  )
  return seen
}

/** Runs work while one method is replaced. */
export async function patched<T extends object, K extends keyof T>(
  target: T,
  key: K,
  make: (original: T[K]) => T[K] | ((this: never, ...args: never[]) => unknown),
  work: () => Promise<void>,
): Promise<void> {
  const original = target[key]
  target[key] = make(original) as T[K]
  try {
    await work()
  } finally {
    target[key] = original
  }
}
