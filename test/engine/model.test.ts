import { test } from 'vitest'
import { runModel } from './model-run.ts'
import { idbStore, nodeStore } from './model-store.ts'
import { useFakeIndexedDb } from '../support/fake-indexed-db.ts'

useFakeIndexedDb()

const seed = Number(process.env['ESPALIER_SEED'] ?? 2)

test(`Random histories equal those of plain maps, and native git reads them so (seed ${seed})`, async () => {
  await runModel({ seed, runs: 12, maxCommands: 60, limitMs: 20_000 })
})

test.each([
  ['Node files', nodeStore],
  ['IndexedDB', idbStore],
] as const)(
  'Over %s as well',
  async (_, store) => {
    await runModel({ seed, runs: 3, maxCommands: 40, limitMs: 8_000, store })
  },
  60_000,
)
