/** A small deterministic generator (mulberry32), so that a failing history can be made again from its seed. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** An integer in [0, count). */
  below(count: number): number
  pick<T>(items: readonly T[]): T
}

/** Makes a generator from a seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (count: number): number => Math.floor(next() * count)
  return {
    next,
    below,
    pick: (items) => {
      if (items.length === 0) throw new Error('Nothing to pick from')
      return items[below(items.length)] as (typeof items)[number] // below(length) < length
    },
  }
}

/** Names that sort, quote or encode in odd ways. */
export const oddNames: readonly string[] = [
  'a',
  'a.b',
  'a-b',
  'a0',
  'ab',
  'a b',
  '-dash',
  'ü',
  'é',
  '日本',
  '😀',
  '__proto__',
  'constructor',
  'x.json',
  'z',
  'Zed',
  '"quoted"',
  '.hidden',
  'git',
  '~tilde',
]

/** A random path of one to three names, in which one name may be a file here and a folder there. */
export function randomPath(random: Random): string {
  const count = 1 + random.below(3)
  return Array.from({ length: count }, () => random.pick(oddNames)).join('/')
}

/**
 * A `git fast-import` stream of a random history: branches, merges (criss-cross too), equal and backward
 * dates, files that become folders, deletes, empty trees.
 */
export function randomHistory(random: Random, commits: number): string {
  let stream = ''
  const paths: string[][] = []
  for (let i = 0; i < commits; i++) {
    const mark = i + 1
    const from: number[] = []
    if (i > 0 && random.next() > 0.05) {
      from.push(random.next() < 0.5 ? i : 1 + random.below(i))
      const extra = random.next() < 0.3 ? 1 + random.below(2) : 0
      for (let k = 0; k < extra; k++) {
        const other = 1 + random.below(i)
        if (!from.includes(other)) from.push(other)
      }
    }
    const time = 1_600_000_000 + Math.floor(i / 2) * 10 - (random.next() < 0.1 ? 200 : 0)
    const text = (words: string): string => `data ${new TextEncoder().encode(words).length}\n${words}\n`
    stream += `commit refs/heads/b${i}\nmark :${mark}\n`
    stream += `author Ada <ada@example.com> ${time} +0100\ncommitter Bob <bob@example.com> ${time} -0230\n`
    stream += text(`commit ${i}`)
    from.forEach((parent, k) => {
      stream += `${k === 0 ? 'from' : 'merge'} :${parent}\n`
    })
    const present = [...(paths[(from[0] ?? 0) - 1] ?? [])]
    const edits = random.below(4)
    for (let k = 0; k < edits; k++) {
      const roll = random.next()
      if (roll < 0.3 && present.length > 0) {
        const path = random.pick(present)
        present.splice(present.indexOf(path), 1)
        stream += `D ${quote(path)}\n`
      } else {
        const path = roll < 0.5 && present.length > 0 ? random.pick(present) : randomPath(random)
        // fast-import lets a file replace a folder and the other way round.
        const kept = present.filter(
          (p) => p !== path && !p.startsWith(`${path}/`) && !path.startsWith(`${p}/`),
        )
        present.splice(0, present.length, ...kept, path)
        const mode = random.pick(['100644', '100644', '100755', '120000'])
        stream += `M ${mode} inline ${quote(path)}\n${text(`content ${random.below(6)}`)}`
      }
    }
    paths.push(present)
    stream += '\n'
  }
  return stream
}

function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
