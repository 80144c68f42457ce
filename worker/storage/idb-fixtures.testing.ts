/**
 * Databases as each stored-format version wrote them, built without the library's own code. Every one must open for
 * ever: never change what a version holds, add one per version.
 */
export const idbFixtures: readonly ((name: string) => Promise<void>)[] = [
  (name) => build(name, 1, { journalHead: 5 }),
  // Heads are written when entries are trimmed.
  (name) => build(name, 2, { journalHead: 4 }),
]

async function build(
  name: string,
  version: number,
  { journalHead }: { readonly journalHead: number },
): Promise<void> {
  const request = indexedDB.open(name, version)
  request.addEventListener('upgradeneeded', () => {
    const db = request.result
    const put = (store: IDBObjectStore, ...rows: readonly unknown[]): void => {
      for (const row of rows) store.put(row)
    }
    put(db.createObjectStore('packs', { keyPath: 'id' }), {
      id: 'large',
      sizeBytes: 3,
      index: Uint8Array.of(9),
      inline: null,
      segmentBytes: 2,
      segmentCount: 2,
    }, {
      id: 'small',
      sizeBytes: 2,
      index: Uint8Array.of(8),
      inline: Uint8Array.of(1, 2),
      segmentBytes: 0,
      segmentCount: 0,
    }) // prettier-ignore
    const segments = db.createObjectStore('segments')
    segments.put(Uint8Array.of(1, 2), ['large', 0])
    segments.put(Uint8Array.of(3), ['large', 1])
    put(
      db.createObjectStore('refs', { keyPath: 'name' }),
      { name: 'HEAD', value: 'ref: refs/heads/main', version: 1 },
      { name: 'refs/heads/gone', value: null, version: 2 },
      { name: 'refs/heads/main', value: 'abc', version: 3 },
    )
    put(db.createObjectStore('journal', { keyPath: ['scope', 'seq'] }), {
      scope: 'refs/heads/main',
      seq: 5,
      entry: { ops: [1] },
    })
    put(db.createObjectStore('journalHeads', { keyPath: 'scope' }), {
      scope: 'refs/heads/main',
      seq: journalHead,
    })
    put(db.createObjectStore('reflog', { keyPath: ['scope', 'seq'] }), {
      scope: 'HEAD',
      seq: 1,
      entry: 'made',
    })
    put(db.createObjectStore('reflogHeads', { keyPath: 'scope' }), { scope: 'HEAD', seq: 1 })
    put(db.createObjectStore('meta', { keyPath: 'key' }), { key: 'remote', value: { url: 'https://x' } })
    put(
      db.createObjectStore('system', { keyPath: 'key' }),
      { key: 'epoch', value: 7 },
      { key: 'identity', value: '0b5ef9c4-6c9b-4d55-a4a1-3f3f9d0c2f77' },
    )
    db.createObjectStore('landed', { keyPath: 'instance' })
  })
  await new Promise<void>((resolve, reject) => {
    request.addEventListener('error', () => reject(request.error ?? new Error('the fixture was not built')))
    request.addEventListener('success', () => {
      request.result.close()
      resolve()
    })
  })
}
