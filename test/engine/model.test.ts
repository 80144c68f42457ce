import { test } from 'vitest'
import { runModel } from './model-run.ts'

const seed = Number(process.env['ESPALIER_SEED'] ?? 2)

test(`Random histories equal those of plain maps, and native git reads them so (seed ${seed})`, async () => {
  await runModel({ seed, runs: 12, maxCommands: 60, limitMs: 20_000 })
}, 90_000)
