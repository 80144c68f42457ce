import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeFailure } from './advice.ts'
import { formatRoute, parseRoute, startRoute } from './route.ts'
import { readableAddress, repositoryName, withoutSecrets } from './secrets.ts'

test('user info, query and fragment leave an address', () => {
  expect(withoutSecrets('https://ada:tok@git.example.com:8443/a/b.git?private_token=x#y')).toBe(
    'https://git.example.com:8443/a/b.git',
  )
  expect(withoutSecrets('ada:tok@host/path?x=1')).toBe('host/path')
  expect(readableAddress('https://ada:tok@git.example.com/a.git')).toBe('git.example.com/a.git')
  expect(repositoryName('https://ada:tok@git.example.com/acme/reference%20data.git/')).toBe('reference data')
})

test('no token survives in an address, a route or a message, whatever it is made of', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9_.~-]{8,40}$/).map((text) => `tok${text}`)
  fc.assert(
    fc.property(token, (secret) => {
      for (const address of [
        `https://${secret}@git.example.com/a.git`,
        `https://ada:${secret}@git.example.com/a.git`,
        `https://git.example.com/a.git?access_token=${secret}`,
        `https://git.example.com/a.git#${secret}`,
      ]) {
        expect(withoutSecrets(address)).not.toContain(secret)
        expect(formatRoute({ ...startRoute, repository: address })).not.toContain(secret)
        expect(parseRoute(`#repository=${address}`).repository).not.toContain(secret)
        expect(parseRoute(`#repository=${encodeURIComponent(address)}`).repository).not.toContain(secret)
      }
      const failure = describeFailure(new Error(`GET https://ada:${secret}@git.example.com/a.git failed`))
      expect(failure.message).not.toContain(secret)
    }),
    { seed: 20 },
  )
})

test('a route comes back from its hash', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, text, (branch, collection, record) => {
      const route = { ...startRoute, repository: 'https://git.example.com/a.git', branch, collection, record }
      expect(parseRoute(formatRoute(route))).toEqual(route)
    }),
    { seed: 21 },
  )
  expect(formatRoute(startRoute)).toBe('')
  expect(
    formatRoute({ ...startRoute, repository: 'sample', collection: 'commerce.orders/order_details' }),
  ).toBe('#repository=sample&collection=commerce.orders/order_details')
})
