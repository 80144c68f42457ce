import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createNodeFetch } from './node-fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A host that answers every request but those that `cuts` says: their connection is reset without an answer. */
async function host(cuts: (request: number) => boolean): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (cuts(requests.length)) {
      request.socket.resetAndDestroy()
      return
    }
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => response.end(`answer ${body}`))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a listening TCP server has one
  return { url: `http://127.0.0.1:${port}`, requests }
}

const first = (request: number): boolean => request === 1

describe('a connection that is reset before any answer', () => {
  test.each([
    ['a listing of refs', '/x.git/info/refs?service=git-upload-pack', {}],
    ['a fetch', '/x.git/git-upload-pack', { method: 'POST', body: new Uint8Array([119]) }],
  ] as const)('%s is asked once more', async (_, path, init: RequestInit) => {
    const { url, requests } = await host(first)
    const response = await createNodeFetch(fetch)(url + path, init)
    expect(await response.text()).toBe(init.body ? 'answer w' : 'answer ')
    expect(requests).toHaveLength(2)
  })

  test('a push is not: it may have happened', async () => {
    const { url, requests } = await host(first)
    const pushing = createNodeFetch(fetch)(`${url}/x.git/git-receive-pack`, { method: 'POST', body: 'w' })
    await expect(pushing).rejects.toThrow('fetch failed')
    expect(requests).toHaveLength(1)
  })

  test('is asked once more only', async () => {
    const { url, requests } = await host(() => true)
    await expect(createNodeFetch(fetch)(`${url}/x.git/info/refs`)).rejects.toThrow('fetch failed')
    expect(requests).toHaveLength(2)
  })

  test('other failures, streams and what was given up are left alone', async () => {
    const { url } = await host(() => true)
    const reset = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    })
    const send = vi.fn<typeof fetch>()
    const sends = async (error: unknown, init?: RequestInit): Promise<number> => {
      send.mockClear()
      send.mockRejectedValue(error)
      await expect(createNodeFetch(send)(`${url}/git-upload-pack`, init)).rejects.toBe(error)
      return send.mock.calls.length
    }
    expect(await sends(reset)).toBe(2)
    expect(await sends(reset, { signal: AbortSignal.abort() })).toBe(1)
    expect(await sends(reset, { method: 'POST', body: new ReadableStream() })).toBe(1)
    expect(await sends(reset, { method: 'PUT' })).toBe(1)
    expect(await sends(new TypeError('fetch failed'))).toBe(1)
    expect(await sends('failed')).toBe(1)
    const refused = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
    })
    expect(await sends(refused)).toBe(1)
  })
})
