/** Calls back whenever the page comes back to life: shown, focused, thawed, restored or online again. */
export function onWake(listener: () => void): () => void {
  if (typeof document === 'undefined') return () => {}
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') listener()
  }
  const ended = new AbortController()
  const { signal } = ended
  document.addEventListener('visibilitychange', whenVisible, { signal })
  document.addEventListener('resume', listener, { signal })
  for (const event of ['focus', 'online', 'pageshow']) window.addEventListener(event, listener, { signal })
  return () => ended.abort()
}

let asked = false

/** Asks the browser, once per page, not to evict what is stored. Whether it agreed is in `status()`. */
export function askForPersistence(): void {
  if (asked || typeof navigator === 'undefined') return
  asked = true
  // A refusal is no error: the data stays, and status() says that it may be evicted.
  navigator.storage?.persist?.().catch(() => {})
}
