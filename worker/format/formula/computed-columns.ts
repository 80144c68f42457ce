import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../../src/protocol/schema.ts'
import type { FormulaFault } from './fault.ts'
import {
  compileCondition,
  compileFormula,
  type Formula,
  type FormulaOptions,
  type FormulaOutcome,
} from './formula.ts'
import { functions } from './functions.ts'

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

/** What the formulas and conditions of these columns may use. */
export function formulaScope(
  columns: readonly Column[],
): Required<Pick<FormulaOptions, 'names' | 'floats' | 'computed'>> {
  const named = (test: (column: Column) => boolean): string[] => columns.filter(test).map(({ name }) => name)
  return {
    names: named(({ formula }) => formula === undefined),
    floats: named(({ type }) => /^(?:\[\])?float$/.test(type)),
    computed: named(({ formula }) => formula !== undefined),
  }
}

/** The computed columns of a definition, compiled once. A formula that does not compile fails on every record. */
export function createComputedColumns(definition: CollectionDefinition): ComputedColumns {
  const formulas = new Map<string, Formula>()
  const scope = formulaScope(definition.columns)
  for (const { name, type, formula } of definition.columns) {
    if (formula === undefined) continue
    const compiled = compileFormula(formula, { ...scope, type })
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
        else {
          value.delete(name)
          issues.push(formulaIssue(definition, name, outcome.fault, place))
        }
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
    message: `The formula of "${column}" fails: ${faultText(fault)}.`,
    collection: definition.id,
    path: [column],
    ...place,
  }
}

/** Names of Starlark that are no function here; a computed column must not have them either. */
const otherNames = new Set('None True False bytes dir getattr hasattr hash print set'.split(' '))
/** Rules about stored values, which a computed column never has. */
const storedRules = {
  minLength: 'min_length',
  maxLength: 'max_length',
  length: 'length',
  minValue: 'min_value',
  maxValue: 'max_value',
  enum: 'enum',
  foreignKey: 'foreign_key',
  locale: 'locale',
} as const

/** What is wrong with the formulas and `required_when` of a definition; paths point into `definition.yaml`. */
export function checkFormulas(definition: CollectionDefinition): readonly Issue[] {
  const issues: Issue[] = []
  const scope = formulaScope(definition.columns)
  for (const column of definition.columns) {
    const { name, type, formula, requiredWhen } = column
    const report = (rule: string, message: string, severity: Issue['severity'] = 'error'): void => {
      issues.push({
        code: 'validation/formula',
        severity,
        message,
        file: definition.definitionPath,
        collection: definition.id,
        path: ['columns', name, rule],
      })
    }
    if (requiredWhen !== undefined) {
      const compiled = compileCondition(requiredWhen, scope)
      if (!compiled.ok) {
        report(
          'required_when',
          `"required_when" of column "${name}" cannot be used: ${faultText(compiled.fault)}.`,
        )
      }
    }
    if (formula === undefined) continue
    const compiled = compileFormula(formula, { ...scope, type })
    if (!compiled.ok) {
      const rule = compiled.fault.kind === 'unsupported-type' ? 'type' : 'formula'
      report(rule, `The formula of column "${name}" cannot be used: ${faultText(compiled.fault)}.`)
    }
    if (functions.has(name) || otherNames.has(name)) {
      report('formula', `A computed column cannot be named "${name}": it is a name of the formula language.`)
    }
    if (column.required || requiredWhen !== undefined) {
      const rule = column.required ? 'required' : 'required_when'
      report(rule, `Computed column "${name}" cannot have "${rule}": it is never stored.`)
    }
    for (const [property, rule] of Object.entries(storedRules)) {
      // The keys are those of `storedRules`, which are properties of a column.
      if (column[property as keyof typeof storedRules] !== undefined) {
        report(rule, `"${rule}" of computed column "${name}" has no effect: it is never stored.`, 'warning')
      }
    }
  }
  return issues
}

function faultText({ kind, message, position }: FormulaFault): string {
  const where = position === undefined ? '' : ` at ${position.line}:${position.column}`
  return `${message}${where} (${kind})`
}
