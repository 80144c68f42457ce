import { EspalierError } from '../../src/protocol/errors.ts'
import type { GitObject, ObjectType } from '../git/objects/object.ts'
import type { Oid } from '../git/objects/oid.ts'
import { hashObject } from '../git/objects/sha1.ts'
import { concatBytes } from '../git/objects/object-text.ts'

const types: ReadonlySet<string> = new Set<ObjectType>(['commit', 'tree', 'blob', 'tag'])
const maxHeaderBytes = 32

/** Inflates and checks a loose object file: `type SP size NUL content`, zlib-compressed (gitrepository-layout(5)). */
export async function readLooseObject(
  oid: Oid,
  compressed: Uint8Array,
  maxBytes: number,
): Promise<GitObject> {
  const bytes = await inflateWithin(oid, compressed, maxBytes)
  const nul = bytes.subarray(0, maxHeaderBytes).indexOf(0)
  const [type = '', size = ''] = new TextDecoder().decode(bytes.subarray(0, Math.max(0, nul))).split(' ')
  const content = bytes.subarray(nul + 1)
  if (!types.has(type) || size !== String(content.length)) throw corrupt(oid)
  const object: GitObject = { type: type as ObjectType, bytes: content } // checked by the line above
  if (hashObject(object.type, content) !== oid) throw corrupt(oid)
  return object
}

/** A few bytes may inflate to gigabytes: stops at the limit. */
async function inflateWithin(oid: Oid, compressed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const source = new Blob([compressed as Uint8Array<ArrayBuffer>]) // bytes of a response, never shared
  const reader = source.stream().pipeThrough(new DecompressionStream('deflate')).getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw corrupt(oid)
    })
    if (done) return concatBytes(pieces)
    pieces.push(value)
    length += value.length
    if (length <= maxBytes) continue
    reader.cancel().catch(() => {})
    throw new EspalierError('git/object-corrupt', `The object ${oid} is larger than ${maxBytes} bytes.`, {
      data: { oid },
    })
  }
}

function corrupt(oid: Oid): EspalierError {
  return new EspalierError(
    'git/object-corrupt',
    `The file of the object ${oid} is damaged on the host. Publish the repository again.`,
    { data: { oid } },
  )
}
