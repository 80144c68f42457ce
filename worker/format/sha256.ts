/** SHA-256 in one go, as hexadecimal digits (FIPS 180-4): the browser's own is asynchronous. */
export function sha256(bytes: Uint8Array): string {
  const size = Math.ceil((bytes.length + 9) / 64) * 64
  const padded = new Uint8Array(size)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(size - 8, Math.floor(bytes.length / 0x2000_0000))
  view.setUint32(size - 4, bytes.length << 3)
  const [constants, initial] = (tables ??= makeTables())
  const state = initial.slice()
  const words = new Int32Array(64)
  for (let at = 0; at < size; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i)
    mix(state, words, constants)
  }
  return [...new Uint32Array(state.buffer)].map((word) => word.toString(16).padStart(8, '0')).join('')
}

type Words = Int32Array<ArrayBuffer>
let tables: readonly [constants: Words, initial: Words] | undefined

/** The first 32 bits of the fractions of the roots of primes. */
function makeTables(): readonly [constants: Words, initial: Words] {
  const primes: number[] = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  const fraction = (root: number): number => ((root % 1) * 0x1_0000_0000) | 0
  return [
    Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  ]
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/** One block. All indexes are inside: 64 words, 8 of state. */
function mix(state: Words, words: Words, constants: Words): void {
  const word = (i: number): number => words[i] as number
  for (let i = 16; i < 64; i++) {
    const [x, y] = [word(i - 15), word(i - 2)]
    const low = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
    const high = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
    words[i] = word(i - 16) + low + word(i - 7) + high
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  for (let i = 0; i < 64; i++) {
    const one = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + h
    const step = (one + (constants[i] as number) + word(i)) | 0
    const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = (d + step) | 0
    d = c
    c = b
    b = a
    a = (step + two) | 0
  }
  const now = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = (state[i] as number) + (now[i] as number)
}
