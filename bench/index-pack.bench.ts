/**
 * Indexing a pack of 100,000 small records: ours in plain JS on one thread against `git index-pack --threads=1`.
 * Run with `npx tsx bench/index-pack.bench.ts [records]`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPackBuffer } from '../worker/git/pack-bytes.ts'
import { createPackIndexer } from '../worker/git/pack-indexer.ts'

const runs = 5
/** About what a browser hands over per read of a response body. */
const chunkBytes = 64 * 1024
const cities = ['Köln', 'Zürich', 'Paris', 'London', 'Málaga', 'Dublin', 'São Paulo', 'Oslo', 'Roma', 'Wien']
const states = ['active', 'archived', 'draft', 'premium', 'basic']

/** Pseudo-random numbers that are the same on every run (xorshift32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** A bare repository of `count` JSON records in ten folders, packed; answers the pack's path. */
async function generatePack(folder: string, count: number): Promise<string> {
  const repository = join(folder, 'records.git')
  execFileSync('git', ['init', '-q', '--bare', repository])
  const git = spawn('git', ['-C', repository, 'fast-import', '--quiet', '--done'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const random = createRandom(20_260_801)
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? ''
  const files: string[] = []
  for (let i = 0; i < count; i++) {
    const record = {
      id: `record-${i}`,
      name: `${pick(cities)} ${random(1e6)}`,
      city: pick(cities),
      status: pick(states),
      population: random(1e7),
      score: random(1e5) / 1000,
      email: `user${random(1e7)}@example.com`,
      tags: [pick(cities), pick(states)],
      created: `20${10 + random(15)}-0${1 + random(8)}-1${random(9)}`,
      note: `${pick(cities)} ${pick(states)} ${pick(cities)} ${random(1e9)}`,
      active: random(2) === 1,
    }
    const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`)
    const accepted = git.stdin.write(
      Buffer.concat([Buffer.from(`blob\nmark :${i + 1}\ndata ${bytes.length}\n`), bytes, Buffer.from('\n')]),
    )
    if (!accepted) await once(git.stdin, 'drain')
    files.push(`M 100644 :${i + 1} collection${i % 10}/record-${i}.json\n`)
  }
  git.stdin.end(
    `commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 4\ninit\n${files.join('')}\ndone\n`,
  )
  await once(git, 'close')
  // As a server sends it: packed anew, with the deltas that git finds.
  execFileSync('git', ['-C', repository, 'repack', '-adfq'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const packs = join(repository, 'objects', 'pack')
  const name = readdirSync(packs).find((file) => file.endsWith('.pack'))
  if (name === undefined) throw new Error('git made no pack.')
  return join(packs, name)
}

async function indexOurs(bytes: Uint8Array): Promise<Uint8Array> {
  const indexer = createPackIndexer({ buffer: createPackBuffer() })
  for (let at = 0; at < bytes.length; at += chunkBytes) indexer.write(bytes.subarray(at, at + chunkBytes))
  return (await indexer.finish()).index
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 100_000)
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
  try {
    const path = await generatePack(folder, count)
    const bytes = new Uint8Array(readFileSync(path))
    const output = join(folder, 'native.idx')
    const native: number[] = []
    const ours: number[] = []
    for (let run = 0; run < runs; run++) {
      let start = performance.now()
      execFileSync('git', ['index-pack', '--threads=1', '-o', output, path], { stdio: 'ignore' })
      native.push(performance.now() - start)
      start = performance.now()
      const index = await indexOurs(bytes)
      ours.push(performance.now() - start)
      if (Buffer.compare(index, readFileSync(output)) !== 0) throw new Error('The indexes differ.')
      rmSync(output, { force: true })
    }
    const round = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(' ')
    console.log(
      `pack of ${count} records, ${(bytes.length / 1e6).toFixed(1)} MB, ${runs} interleaved runs, ms`,
    )
    console.log(`git index-pack --threads=1  median ${median(native).toFixed(0)}  (${round(native)})`)
    console.log(
      `ours, plain JS              median ${median(ours).toFixed(0)}  (${round(ours)}; the first is cold)`,
    )
    console.log(`ratio ${(median(ours) / median(native)).toFixed(2)}×, index byte for byte equal`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
