import { test } from 'vitest'
import { killAgainAndAgain } from './kill.ts'

const runs = 50
const seed = Number(process.env['ESPALIER_SEED'] ?? 5_113)

test(`Nothing acknowledged is lost when the browser is killed, ${runs} times (seed ${seed})`, async () => {
  await killAgainAndAgain({ runs, seed })
}, 600_000)
