import type { FormulaLanguage } from '../extras.ts'
import { checkFormulas, createComputedColumns } from './computed-columns.ts'
import { compileCondition } from './formula.ts'

/** The language of `formula` and `required_when`. */
export const formulaLanguage: FormulaLanguage = {
  check: checkFormulas,
  computed: createComputedColumns,
  condition: compileCondition,
}
