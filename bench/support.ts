import { rm } from 'node:fs/promises'

/** How long `run` takes, in milliseconds. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Rejects when `work` takes longer than `seconds`. The work itself goes on: end its process. */
export async function capped<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const cap = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`> ${seconds} s, stopped`)), seconds * 1000)
  })
  try {
    return await Promise.race([work, cap])
  } finally {
    clearTimeout(timer)
  }
}
