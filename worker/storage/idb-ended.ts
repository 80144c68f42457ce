interface Ending {
  readonly done: Promise<void>
  readonly error: DOMException | null
}

/**
 * Waits until a transaction and all of its requests have ended well. When the transaction failed as a whole
 * (quota at commit), the requests only say AbortError: the transaction's own error is the reason.
 */
export async function ended(tx: Ending, requests: readonly Promise<unknown>[]): Promise<void> {
  try {
    await Promise.all([...requests, tx.done])
  } catch (error) {
    throw tx.error ?? error
  }
}
