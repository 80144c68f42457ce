// Starts processes for a larger one: see start-from-small-process.ts, which says what the messages are.
import { spawn, spawnSync } from 'node:child_process'

const children = new Map()

const does = {
  run: ({ id, command, args, options }) => {
    const { pid, status, signal, stdout, stderr, error } = spawnSync(command, args, options)
    process.send({ id, does: 'ran', outcome: { pid, status, signal, stdout, stderr, error: plain(error) } })
  },
  start: ({ id, command, args, options }) => {
    const child = spawn(command, args, options)
    children.set(id, child)
    for (const name of ['stdout', 'stderr'])
      child[name]?.on('data', (bytes) => process.send({ id, does: 'printed', name, bytes }))
    child.stdin?.on('error', () => {}) // it may stop reading early
    child.on('spawn', () => process.send({ id, does: 'started', pid: child.pid }))
    child.on('error', (error) => process.send({ id, does: 'failed', error: plain(error) }))
    child.on('close', (status, signal) => {
      children.delete(id)
      process.send({ id, does: 'ended', status, signal })
    })
  },
  write: ({ id, bytes }) => children.get(id)?.stdin.write(bytes),
  end: ({ id }) => children.get(id)?.stdin.end(),
  kill: ({ id, signal }) => children.get(id)?.kill(signal),
}

process.on('message', (message) => does[message.does](message))

/** What an error is made of: as a message it would lose its code. */
function plain(error) {
  return error && { ...error, message: error.message }
}
