/** What feeds an iterator: each value replaces one that nobody took yet. */
export interface Feed<T> {
  readonly next: (value: T) => void
  readonly fail: (error: unknown) => void
  readonly end: () => void
}

/**
 * An iterator over values that come by themselves. Whoever is slow gets the latest one only: nothing queues up.
 * `start` is called at the first `next()`, what it returns when the loop is left. `take` makes what the loop gets of
 * a value, when it gets it.
 */
export function latestOf<T, Taken>(
  start: (feed: Feed<T>) => () => void,
  take: (value: T) => Taken,
): AsyncIterator<Taken, undefined> {
  let stop: (() => void) | undefined
  let latest: { readonly value: T } | undefined
  let failure: { readonly error: unknown } | undefined
  let ended = false
  let waiting: {
    resolve: (result: IteratorResult<Taken, undefined>) => void
    reject: (error: unknown) => void
  }[] = []

  const serve = (): void => {
    for (let first = waiting[0]; first; first = waiting[0]) {
      if (latest) {
        const { value } = latest
        latest = undefined
        first.resolve({ done: false, value: take(value) })
      } else if (failure) {
        first.reject(failure.error)
        failure = undefined
      } else if (ended) first.resolve({ done: true, value: undefined })
      else return
      waiting = waiting.slice(1)
    }
  }
  const end = (): void => {
    ended = true
    serve()
  }

  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        if (!ended)
          stop ??= start({
            next: (value) => {
              if (ended) return
              latest = { value }
              serve()
            },
            fail: (error) => {
              failure = { error }
              end()
            },
            end,
          })
        serve()
      }),
    return: async () => {
      latest = failure = undefined
      stop?.()
      end()
      return { done: true, value: undefined }
    },
  }
}
