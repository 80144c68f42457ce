import { expect, it } from 'vitest'
import { ended } from './idb-ended.ts'

it('A request that failed is the reason while the transaction has not said its own', async () => {
  const request = Promise.reject(new Error('of the request'))
  await expect(ended({ done: Promise.resolve(), error: null }, [request])).rejects.toThrow('of the request')
})
