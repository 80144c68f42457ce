import type { Oid } from '../../worker/git/objects/oid.ts'
import { openRemote, type OpenRemoteOptions } from '../../worker/remote/open-remote.ts'
import type { AuthRequest, Credentials, PushRequest } from '../../worker/remote/remote.ts'

/** A page that talks to git hosts as an app does; the test calls it and gets plain data back. */
interface Outcome {
  readonly error?: { readonly code: unknown; readonly message: string; readonly data: unknown }
  readonly refs?: Readonly<Record<string, string>>
  readonly packBytes?: number
  readonly pushed?: readonly string[]
  readonly asked: readonly AuthRequest['reason'][]
}

interface Call {
  readonly url: string
  readonly protocol?: 0 | 2
  readonly credentials?: Credentials
  readonly corsProxy?: string
  readonly haves?: readonly string[]
  /** Pushes this commit of the host to a new branch, with a pack that holds nothing. */
  readonly push?: string
  readonly abortAfterMs?: number
}

async function run(call: Call): Promise<Outcome> {
  const asked: AuthRequest['reason'][] = []
  const options: OpenRemoteOptions = {
    auth: ({ reason }) => {
      asked.push(reason)
      return call.credentials ?? null
    },
    protocol: call.protocol,
    corsProxy: call.corsProxy,
  }
  const signal = call.abortAfterMs === undefined ? {} : { signal: AbortSignal.timeout(call.abortAfterMs) }
  try {
    const remote = openRemote(call.url, options)
    if (call.push !== undefined) return { asked, pushed: await push(call.push) }
    const { refs } = await remote.listRefs(signal)
    let packBytes = 0
    await remote.fetch({
      wants: [...refs.values()],
      haves: (call.haves ?? []) as readonly Oid[], // made by the test
      shallow: [],
      onPack: (chunk) => void (packBytes += chunk.length),
      ...signal,
    })
    return { asked, refs: Object.fromEntries(refs), packBytes }

    async function push(oid: string): Promise<readonly string[]> {
      const request: PushRequest = {
        updates: [{ ref: 'refs/heads/from-browser', oldOid: null, newOid: oid as Oid }], // from native git
        pack: [emptyPack()],
      }
      return (await remote.push(request)).refs.map(({ status }) => status)
    }
  } catch (error) {
    const { code, message, data } = error as { code: unknown; message: string; data: unknown } // for display
    return { asked, error: { code, message, data } }
  }
}

function emptyPack(): Uint8Array {
  const hex = '5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e'
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

const probe = { run }
Object.assign(globalThis, { probe })
export type RemoteProbe = typeof probe
