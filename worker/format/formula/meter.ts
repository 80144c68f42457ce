import { FormulaError } from './fault.ts'

/** As the Go tools; their steps are smaller, so what runs there runs here. */
const maxSteps = 1_000_000
/** Bytes of one string. */
const maxTextLength = 1_000_000
const bytesPerStep = 8

/** Counts the work of one evaluation, so that no formula can hang or fill the memory. */
export interface Meter {
  /** Where the evaluation is, as a UTF-16 offset: the place of a fault. */
  at: number
  /** Throws `step-limit` when the steps are used up. */
  spend(steps: number): void
  /** Accounts for text of this length before it is made. */
  text(length: number): void
}

/** A meter for one evaluation. */
export function createMeter(): Meter {
  let left = maxSteps
  const stop = (what: string): never => {
    throw new FormulaError('step-limit', `it ${what}`)
  }
  const spend = (steps: number): void => {
    left -= steps
    if (!(left >= 0)) stop(`takes more than ${maxSteps} steps`)
  }
  return {
    at: 0,
    spend,
    text(length) {
      if (length > maxTextLength) stop(`makes a text of more than ${maxTextLength} bytes`)
      spend(length / bytesPerStep)
    },
  }
}
