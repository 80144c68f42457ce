import type { SpawnSyncReturns } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { startedChild, type ErrorParts, type Said } from './started-child.ts'

/** A process that is wanted, as a message. */
export interface Start {
  readonly command: string
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/** How one went that was waited for. */
export type Outcome = Pick<
  SpawnSyncReturns<Uint8Array | null>,
  'pid' | 'status' | 'signal' | 'stdout' | 'stderr'
> & { readonly error?: ErrorParts }

/** A process that starts others for this one. */
export interface SmallProcess {
  /** Runs one to its end while this thread waits. */
  run(start: Start): Outcome
  start(start: Start): EventEmitter
}

export function openSmallProcess(): SmallProcess {
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const answers = new MessageChannel()
  const others = new MessageChannel()
  const worker = new Worker(new URL('relay.mjs', import.meta.url), {
    workerData: { answered, answers: answers.port2, others: others.port2 },
    transferList: [answers.port2, others.port2],
  })
  worker.unref()
  const children = new Map<number, (said: Said) => void>()
  others.port1.on('message', (said: Said & { readonly id: number }) => children.get(said.id)?.(said))
  others.port1.unref()
  let lastId = 0
  return {
    run: (start) => {
      Atomics.store(answered, 0, 0)
      answers.port1.postMessage({ id: ++lastId, does: 'run', ...start })
      Atomics.wait(answered, 0, 0)
      const { message } = receiveMessageOnPort(answers.port1) ?? {}
      const { outcome } = (message ?? {}) as { readonly outcome?: Outcome }
      if (!outcome) throw new Error('The small process that starts others has ended.')
      return outcome
    },
    start: (start) => {
      const id = ++lastId
      const say = (message: object): void => others.port1.postMessage({ id, ...message })
      const child = startedChild(say, () => {
        children.delete(id)
        if (children.size === 0) others.port1.unref()
      })
      children.set(id, child.hear)
      others.port1.ref()
      say({ does: 'start', ...start })
      return child.process
    },
  }
}
