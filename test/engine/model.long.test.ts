import { test } from 'vitest'
import { runModel } from './model-run.ts'
import { idbStore, memoryStore, nodeStore } from './model-store.ts'
import { useFakeIndexedDb } from '../support/fake-indexed-db.ts'

useFakeIndexedDb()

const seed = Number(process.env['ESPALIER_SEED'] ?? Date.now() % 1_000_000)

test.each([
  ['memory', 300, 400_000, memoryStore],
  ['Node files', 60, 200_000, nodeStore],
  ['IndexedDB', 60, 200_000, idbStore],
] as const)(
  `Long random histories over %s equal those of plain maps, and native git reads them so (seed ${seed})`,
  async (_, runs, limitMs, store) => {
    await runModel({ seed, runs, maxCommands: 150, limitMs, store })
  },
  600_000,
)
