/**
 * Collects what arrives and hands it on once `quietMs` have passed without more, but at the latest after `limitMs`:
 * a burst of events becomes one call, and a stream of them cannot starve it.
 */
export function createCollector<T>(
  flush: (items: readonly T[]) => void,
  { quietMs = 40, limitMs = 250 }: { readonly quietMs?: number; readonly limitMs?: number } = {},
): { add(item: T): void; clear(): void } {
  let items: T[] = []
  let since = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const clear = (): void => {
    clearTimeout(timer)
    items = []
  }
  return {
    add: (item) => {
      if (items.length === 0) since = Date.now()
      items.push(item)
      clearTimeout(timer)
      timer = setTimeout(
        () => {
          const collected = items
          items = []
          flush(collected)
        },
        Math.max(0, Math.min(quietMs, since + limitMs - Date.now())),
      )
    },
    clear,
  }
}
