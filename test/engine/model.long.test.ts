import { test } from 'vitest'
import { runModel } from './model-run.ts'

const seed = Number(process.env['ESPALIER_SEED'] ?? Date.now() % 1_000_000)

test(`Long random histories equal those of plain maps, and native git reads them so (seed ${seed})`, async () => {
  await runModel({ seed, runs: 300, maxCommands: 150, limitMs: 400_000 })
}, 600_000)
