import { expect, test } from 'vitest'
import { nextTurn } from './next-turn.ts'

test('what waits already goes first', async () => {
  const order: string[] = []
  const { port1, port2 } = new MessageChannel()
  const message = new Promise<void>((resolve) => {
    port1.addEventListener('message', () => {
      order.push('message')
      port1.close()
      resolve()
    })
  })
  port1.start()
  port2.postMessage(null)
  void Promise.resolve().then(() => order.push('microtask'))
  await nextTurn()
  order.push('next turn')
  await message
  expect(order).toEqual(['microtask', 'message', 'next turn'])
})
