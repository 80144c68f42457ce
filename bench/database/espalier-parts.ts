/** Bytes of our values in IndexedDB by what they are, as the records that we put (LevelDB adds and compresses). */
export async function storedParts(): Promise<Readonly<Record<string, number>>> {
  const parts = new Map(['packs', 'pack index', 'journal', 'derived'].map((part) => [part, 0]))
  const add = (part: string, bytes: number): void => void parts.set(part, (parts.get(part) ?? 0) + bytes)
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue
    const database = await settle(indexedDB.open(name))
    for (const store of database.objectStoreNames) {
      const values = await settle<unknown[]>(database.transaction(store).objectStore(store).getAll())
      for (const value of values) {
        if (store === 'packs') {
          const { index, ...row } = value as { readonly index: Uint8Array } // the storage's PackRow
          add('pack index', sizeOf(index))
          add('packs', sizeOf(row))
        } else add(partOf[store] ?? 'other', sizeOf(value))
      }
    }
    database.close()
  }
  return Object.fromEntries(parts)
}

const partOf: Readonly<Record<string, string>> = {
  segments: 'packs',
  journal: 'journal',
  reflog: 'refs and reflog',
  refs: 'refs and reflog',
  // The database of derived values, which can be dropped at any time.
  texts: 'derived',
  uses: 'derived',
}

function settle<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')))
  })
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength
  if (value instanceof Blob) return value.size
  if (value instanceof Map || value instanceof Set || Array.isArray(value))
    return [...value].reduce<number>((sum, part) => sum + sizeOf(part), 0)
  return Object.entries(value).reduce((sum, [name, part]) => sum + name.length + sizeOf(part), 0)
}
