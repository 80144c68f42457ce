import { test } from 'vitest'
import { killAgainAndAgain } from './kill.ts'

const runs = 20
const seed = Number(process.env['ESPALIER_SEED'] ?? 20_261_121)

test(`Nothing acknowledged is lost when the browser is killed, ${runs} times (seed ${seed})`, async () => {
  await killAgainAndAgain({ runs, seed, profiles: 2 })
}, 480_000)
