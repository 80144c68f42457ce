import { EspalierError } from '../../src/protocol/errors.ts'
import { type BundleHeader, readBundleHeader } from './bundle-header.ts'
import { type ByteReader, createByteReader, truncatedError } from './byte-reader.ts'
import { abortedError } from './http-errors.ts'
import { createHttpSession, type HttpOptions } from './http-session.ts'
import { refuseToPush } from './read-only.ts'
import type { FetchRequest, FetchResult, Remote, RemoteRefs, TransferOptions } from './remote.ts'
import { parseRemoteUrl } from './remote-url.ts'
import { packSink } from './upload-pack.ts'

/** Options of {@link createBundleRemote}. */
export interface BundleOptions extends Omit<HttpOptions, 'credentials' | 'requestUrl'> {
  /** Where the bundle is; with `data`, only its name. */
  readonly url: string
  /** The bundle itself, from a file that the user chose for example. Nothing is downloaded then. */
  readonly data?: Uint8Array<ArrayBuffer> | Blob | undefined
}

interface OpenBundle {
  readonly header: BundleHeader
  readonly reader: ByteReader
}

/**
 * A git bundle file (v2 or v3) on any static host, or in memory: one file with refs and one pack, read-only.
 * `listRefs` reads the file's head and leaves the download waiting; the next `fetch` goes on with it.
 *
 * @example
 * ```ts
 * const remote = createBundleRemote({ url: 'https://example.com/data.bundle' })
 * ```
 */
export function createBundleRemote(options: BundleOptions): Remote {
  const { data } = options
  const address = data === undefined ? parseRemoteUrl(options.url) : null
  const url = address?.url ?? options.url
  const http = address === null ? null : createHttpSession({ ...options, ...address })
  let waiting: OpenBundle | null = null

  async function open({ signal, onProgress }: TransferOptions): Promise<OpenBundle> {
    if (signal?.aborted === true) throw abortedError(url)
    onProgress?.({ phase: 'connecting', loaded: 0 })
    const reader = await openBytes(signal)
    try {
      return { header: await readBundleHeader(reader, url), reader }
    } catch (error) {
      reader.cancel()
      throw error
    }
  }

  async function openBytes(signal: AbortSignal | undefined): Promise<ByteReader> {
    if (http === null) return createByteReader(new Blob([data ?? new Uint8Array(0)]).stream())
    const response = await http.get({ suffix: '', cache: 'no-cache', signal })
    return http.read(response, signal)
  }

  /** The download that waits, or a new one when it was given up meanwhile. */
  async function resume(transfer: TransferOptions): Promise<OpenBundle> {
    const bundle = waiting
    waiting = null
    if (bundle === null) return open(transfer)
    const first = await bundle.reader.readSome().catch(() => null)
    if (first === null) return open(transfer)
    bundle.reader.unread(first)
    return bundle
  }

  async function listRefs(transfer: TransferOptions = {}): Promise<RemoteRefs> {
    waiting?.reader.cancel()
    waiting = null
    // The caller's signal may fire long after this call, and would end the download that waits.
    const bundle = await open(transfer)
    waiting = bundle
    return bundle.header.refs
  }

  async function fetch(request: FetchRequest): Promise<FetchResult> {
    if (request.wants.length === 0) return { shallow: [], unshallow: [] }
    const { header, reader } = await resume(request)
    try {
      checkPrerequisites(header, request, url)
      const take = packSink(request)
      let any = false
      for (let bytes = await reader.readSome(); bytes !== null; bytes = await reader.readSome()) {
        if (request.signal?.aborted === true) throw abortedError(url)
        any = true
        await take(bytes)
      }
      if (!any) throw truncatedError()
    } catch (error) {
      reader.cancel()
      throw error
    }
    return { shallow: [], unshallow: request.shallow }
  }

  return { url, canPush: false, canShallow: false, listRefs, fetch, push: () => refuseToPush(url) }
}

function checkPrerequisites({ prerequisites }: BundleHeader, request: FetchRequest, url: string): void {
  const haves = new Set(request.haves)
  const missing = prerequisites.filter((oid) => !haves.has(oid))
  if (missing.length === 0) return
  throw new EspalierError(
    'git/history-missing',
    `${url} holds only what came after commit ${missing[0]}, which is not here. Make a complete bundle with: ` +
      'git bundle create data.bundle --all',
    { data: { url, missing: missing.slice(0, 20) } },
  )
}
