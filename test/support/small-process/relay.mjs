// Between a thread that waits and the small process: somebody must hear its answers.
import { fork } from 'node:child_process'
import { workerData } from 'node:worker_threads'

const { answered, answers, others } = workerData
const child = fork(new URL('small-process.mjs', import.meta.url), { serialization: 'advanced', execArgv: [] })

const answer = (message) => {
  answers.postMessage(message)
  Atomics.store(answered, 0, 1)
  Atomics.notify(answered, 0)
}
child.on('message', (message) => (message.does === 'ran' ? answer(message) : others.postMessage(message)))
// Who waits when it ends, or asks after, is told: a thread that waits for ever cannot be timed out.
child.on('exit', () => answer({ does: 'gone' }))
answers.on('message', (message) => (child.connected ? child.send(message) : answer({ does: 'gone' })))
others.on('message', (message) => child.connected && child.send(message))
