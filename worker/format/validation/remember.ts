/** Reads each thing once: later calls get the same promise. */
export function remember<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (id) => {
    const promise = known.get(id) ?? read(id)
    known.set(id, promise)
    return promise
  }
}
