import { EventEmitter, once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'

/** What an error is made of: as a message it would lose its code. */
export type ErrorParts = { readonly message: string } & Partial<NodeJS.ErrnoException>

/** What the small process says of one that it started. */
export type Said =
  | { readonly does: 'started'; readonly pid: number }
  | { readonly does: 'printed'; readonly name: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly does: 'failed'; readonly error: ErrorParts }
  | { readonly does: 'ended'; readonly status: number | null; readonly signal: NodeJS.Signals | null }

export function errorOf({ message, ...more }: ErrorParts): Error {
  return Object.assign(new Error(message), more)
}

/** A process that the small one has started, as `spawn` gives it. `say`: tells the small one what it is to do. */
export function startedChild(
  say: (message: object) => void,
  onEnd: () => void,
): { readonly process: EventEmitter; hear(said: Said): void } {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const child = Object.assign(new EventEmitter(), {
    ...streams,
    pid: undefined as number | undefined,
    exitCode: null as number | null,
    stdin: new Writable({
      write: (bytes: Uint8Array, _, done) => {
        say({ does: 'write', bytes })
        done()
      },
      final: (done) => {
        say({ does: 'end' })
        done()
      },
    }),
    kill: (signal?: NodeJS.Signals) => say({ does: 'kill', signal }),
  })
  const end = async (status: number | null, signal: NodeJS.Signals | null): Promise<void> => {
    child.exitCode = status
    child.emit('exit', status, signal)
    const isRead = Object.values(streams).map(async (stream) => {
      stream.end()
      stream.resume() // what nobody reads is let go, as Node does it
      if (!stream.closed) await once(stream, 'close')
    })
    onEnd()
    await Promise.all(isRead)
    child.emit('close', status, signal)
  }
  const hear = (said: Said): void => {
    switch (said.does) {
      case 'started':
        child.pid = said.pid
        child.emit('spawn')
        return
      case 'printed':
        streams[said.name].write(said.bytes)
        return
      case 'failed':
        child.emit('error', errorOf(said.error))
        return
      case 'ended':
        void end(said.status, said.signal)
    }
  }
  return { process: child, hear }
}
