import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { compileFormula, type Formula, type FormulaOutcome } from './formula.ts'
import type { FormulaFault } from './fault.ts'

/** The computed columns of a collection. */
export interface ComputedColumns {
  /** In display order; empty for most collections. */
  readonly names: readonly string[]
  /** The value of one computed column, evaluated now. Undefined for a name that is no computed column. */
  valueOf(record: RecordValue, name: string): FormulaOutcome | undefined
  /**
   * The record with all computed fields, as plain data; the same record when there are none. A formula that
   * fails leaves its field out and is an issue (`validation/formula`) at `place`.
   */
  addTo(record: RecordValue, place?: IssuePlace): ComputedRecord
}

/** A record with its computed fields. */
export interface ComputedRecord {
  readonly value: RecordValue
  readonly issues: readonly Issue[]
}

/** Where a record lies, for its issues. */
export interface IssuePlace {
  /** From the database root; '' when not known. */
  readonly file: string
  readonly key?: string
}

/** The computed columns of a definition, compiled once. A formula that does not compile fails on every record. */
export function createComputedColumns(definition: CollectionDefinition): ComputedColumns {
  const formulas = new Map<string, Formula>()
  const stored = definition.columns.filter((column) => column.formula === undefined)
  for (const { name, type, formula } of definition.columns) {
    if (formula === undefined) continue
    const compiled = compileFormula(formula, { names: stored.map((column) => column.name), type })
    formulas.set(name, compiled.ok ? compiled.formula : { evaluate: () => compiled })
  }
  const names = [...formulas.keys()]
  return {
    names,
    valueOf: (record, name) => formulas.get(name)?.evaluate(record),
    addTo(record, place = { file: '' }) {
      if (names.length === 0) return { value: record, issues: [] }
      const issues: Issue[] = []
      const value = new Map(Object.entries(record))
      for (const [name, formula] of formulas) {
        const outcome = formula.evaluate(record)
        if (outcome.ok) value.set(name, outcome.value)
        else issues.push(formulaIssue(definition, name, outcome.fault, place))
      }
      return { value: Object.fromEntries(value), issues }
    },
  }
}

/** A fault of a column's `formula` or `required_when` on one record, as an issue. */
export function formulaIssue(
  definition: Pick<CollectionDefinition, 'id'>,
  column: string,
  fault: FormulaFault,
  place: IssuePlace,
): Issue {
  return {
    code: 'validation/formula',
    severity: 'error',
    message: `The formula of "${column}" fails: ${fault.message} (${fault.kind}).`,
    collection: definition.id,
    path: [column],
    ...place,
  }
}

/** What is wrong with the formulas and `required_when` of a definition; paths point into `definition.yaml`. */
export function checkFormulas(_definition: CollectionDefinition): readonly Issue[] {
  return []
}
