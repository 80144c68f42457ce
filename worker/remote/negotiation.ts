import { EspalierError } from '../../src/protocol/errors.ts'
import { isOid, type Oid } from '../git/objects/oid.ts'
import type { FetchRequest } from './remote.ts'

/** git's INFINITE_DEPTH: the whole history. */
const infiniteDepth = 0x7fffffff
/** Up to here all haves go in one request with `done`: one round trip, and the server picks. */
const firstBatch = 256
/** Fetch requests do not grow beyond this many haves. */
const maxHaves = 4096

/** `deepen` in git's numbers, or null when the boundary stays. Throws `engine/bad-argument`. */
export function deepenLine(depth: FetchRequest['depth']): string | null {
  if (depth === undefined) return null
  if (depth === 'infinite') return `deepen ${infiniteDepth}`
  if (Number.isInteger(depth) && depth > 0 && depth <= infiniteDepth) return `deepen ${depth}`
  throw new EspalierError(
    'engine/bad-argument',
    `depth must be a whole number from 1, or 'infinite', not ${depth}.`,
  )
}

/**
 * What to say in each round of a stateless negotiation (gitprotocol-pack(5), gitprotocol-http(5)): every request
 * repeats the commits that the host has acknowledged, so that the host needs no memory.
 */
export interface Negotiation {
  /** The next request's haves, and whether it says `done`. */
  next(): { readonly haves: readonly Oid[]; readonly done: boolean }
  /** Takes the host's acknowledgement of a commit in. */
  acknowledge(oid: Oid): void
  /** The host has heard enough. */
  ready(): void
}

/** `inRounds` is false for hosts that only know the plainest form: then everything goes at once. */
export function createNegotiation(haves: readonly Oid[], inRounds: boolean): Negotiation {
  const all = [...new Set(haves)].slice(0, maxHaves)
  const common = new Set<Oid>()
  let sent = 0
  let batch = firstBatch
  let isReady = false
  return {
    next() {
      if (isReady) return { haves: [...common], done: true }
      if (!inRounds || (sent === 0 && all.length <= firstBatch)) return { haves: all, done: true }
      const fresh = all.slice(sent, sent + batch)
      const first = sent === 0
      sent += fresh.length
      batch *= 2
      const done = !first && sent >= all.length
      return { haves: [...common, ...fresh.filter((oid) => !common.has(oid))], done }
    },
    acknowledge: (oid) => void common.add(oid),
    ready: () => void (isReady = true),
  }
}

/** Reads `shallow <oid>` and `unshallow <oid>`; false for another line. */
export function readShallowLine(
  line: string,
  into: { readonly shallow: Oid[]; readonly unshallow: Oid[] },
): boolean {
  const [word = '', oid = ''] = line.split(' ')
  if ((word !== 'shallow' && word !== 'unshallow') || !isOid(oid)) return false
  into[word].push(oid)
  return true
}

/** An `ACK` or `NAK` line. */
export type Acknowledgement =
  | { readonly kind: 'nak' }
  | { readonly kind: 'common' | 'ready' | 'final'; readonly oid: Oid }

/** Reads `NAK`, `ACK <oid>` and `ACK <oid> common|continue|ready`; null for another line. */
export function parseAcknowledgement(line: string): Acknowledgement | null {
  if (line === 'NAK') return { kind: 'nak' }
  const [word, oid = '', status] = line.split(' ')
  if (word !== 'ACK' || !isOid(oid)) return null
  if (status === undefined) return { kind: 'final', oid }
  if (status === 'ready') return { kind: 'ready', oid }
  return status === 'common' || status === 'continue' ? { kind: 'common', oid } : null
}

/** The error for a line that stands where it cannot. */
export function unexpectedLine(line: string | null): EspalierError {
  const shown = line === null ? 'an early end of a section' : JSON.stringify(line.slice(0, 80))
  return new EspalierError('remote/protocol', `The host broke git's protocol with ${shown}. Try again.`)
}
