import type { EnginePlugin } from '../engine/plugins.ts'
import { formulaLanguage } from '../format/formula/formula-language.ts'

/**
 * Computed columns and `required_when`. Without it such columns are left out of rows and such conditions are not
 * checked; a warning of the definition says so.
 *
 * @example
 * ```ts
 * // my-worker.ts
 * import { serve } from 'espalier/worker'
 * import { formulas } from 'espalier/formula'
 *
 * serve({ plugins: [formulas()] })
 * ```
 */
export function formulas(): EnginePlugin {
  return { name: 'espalier/formula', formulas: formulaLanguage }
}
