import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { ByteReader } from './byte-reader.ts'
import { createHttpSession, type HttpOptions } from './http-session.ts'

/** The files of a bare repository on a static host. */
export interface StaticFiles {
  readonly url: string
  /** Opens a file for reading; null when there is none. Throws `remote/*`. */
  open(path: string, signal?: AbortSignal): Promise<ByteReader | null>
  /** A whole small file; null when there is none. Refuses more than `maxBytes`. */
  read(path: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | null>
  readText(path: string, maxBytes: number, signal?: AbortSignal): Promise<string | null>
}

/** A page that a host shows for a file that it does not have must not be taken for the file. */
const htmlType = 'text/html'

export function createStaticFiles(options: HttpOptions): StaticFiles {
  const http = createHttpSession(options)

  async function open(path: string, signal?: AbortSignal): Promise<ByteReader | null> {
    try {
      const response = await http.get({ suffix: `/${path}`, cache: 'no-cache', signal })
      if ((response.headers.get('content-type') ?? '').startsWith(htmlType)) {
        response.body?.cancel().catch(() => {})
        return null
      }
      return http.read(response, signal)
    } catch (error) {
      if (isEspalierError(error, 'remote/not-found')) return null
      throw error
    }
  }

  async function read(path: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | null> {
    const reader = await open(path, signal)
    if (reader === null) return null
    const pieces: Uint8Array[] = []
    let length = 0
    for (let bytes = await reader.readSome(); bytes !== null; bytes = await reader.readSome()) {
      pieces.push(bytes)
      length += bytes.length
      if (length <= maxBytes) continue
      reader.cancel()
      throw new EspalierError('remote/protocol', `${http.url}/${path} is larger than such a file can be.`)
    }
    const whole = new Uint8Array(length)
    let at = 0
    for (const piece of pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }

  return {
    url: http.url,
    open,
    read,
    async readText(path, maxBytes, signal) {
      const bytes = await read(path, maxBytes, signal)
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
  }
}
