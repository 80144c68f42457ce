import type { Storage } from '../../worker/storage/storage.ts'

/** A process that can be killed, as its storage sees it: from then on no call is made, and none is answered. */
export interface KillableProcess {
  /** Resolves when it is dead. */
  readonly dead: Promise<void>
  /** The store as this process has it. */
  wrap(storage: Storage): Storage
  /** Dies at the n-th call from now on (0: the next one); `applied`: right after it was done, without an answer. */
  killAt(calls: number, applied: boolean): void
  kill(): void
}

const never = new Promise<never>(() => {})

export function startProcess(): KillableProcess {
  let left = Infinity
  let isApplied = false
  let isDead = false
  let die = (): void => {}
  const dead = new Promise<void>((resolve) => (die = resolve))
  const kill = (): void => {
    isDead = true
    die()
  }
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!isDead && left-- === 0) {
      isDead = true
      if (isApplied) await work()
      kill()
    } else if (!isDead) {
      const answer = await work()
      if (!isDead) return answer
    }
    return never
  }
  return {
    dead,
    wrap: (storage) => ({
      readState: (known) => call(() => storage.readState(known)),
      readPacks: (known) => call(() => storage.readPacks(known)),
      readJournal: (scope, after) => call(() => storage.readJournal(scope, after)),
      readReflog: (ref) => call(() => storage.readReflog(ref)),
      readSegment: (pack, index) => call(() => storage.readSegment(pack, index)),
      writeSegment: (pack, index, bytes) => call(() => storage.writeSegment(pack, index, bytes)),
      dropOrphanSegments: () => call(() => storage.dropOrphanSegments()),
      commit: (batch) => call(() => storage.commit(batch)),
      close: () => storage.close(),
    }),
    killAt: (calls, applied) => {
      left = calls
      isApplied = applied
    },
    kill,
  }
}
