import type { Issue } from '../../../src/protocol/issues.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { FormulaLanguage } from '../extras.ts'
import type { JsonSchemaCheck } from '../plugins.ts'
import { columnFit, compileColumn, fits, type ColumnFit } from './column-rules.ts'

/** What one record breaks: an issue without its address. */
export type Violation = Pick<Issue, 'code' | 'severity' | 'message' | 'expected' | 'actual'> & {
  /** The place inside the record. */
  readonly path: readonly (string | number)[]
}

/** The rules of one collection, compiled once. */
export interface RecordRules {
  /**
   * Everything that a record breaks by itself; references and counts are not part of it. `key` is the record's
   * own key, without those of its parents.
   */
  check(key: string, value: RecordValue): readonly Violation[]
}

/** Checks one field; `value` is undefined when the record does not have it. */
export type ColumnCheck = (value: Json | undefined, record: RecordValue, found: Violation[]) => void

interface ColumnRules {
  readonly name: string
  readonly check: ColumnCheck
  readonly fit: ColumnFit | undefined
}

const none: readonly Violation[] = []

/** Beside what the definition says. */
export interface RuleOptions {
  /** The JSON Schema that is attached to the collection. */
  readonly jsonSchema?: JsonSchemaCheck
  /** Without it `required_when` is not checked. */
  readonly formulas?: FormulaLanguage | undefined
}

/** Compiles the columns of a definition to closures (no eval: they run under any CSP). */
export function compileRules(
  { columns }: Pick<CollectionDefinition, 'columns'>,
  { jsonSchema, formulas }: RuleOptions = {},
): RecordRules {
  const stored = columns.filter(({ formula }) => formula === undefined).map(({ name }) => name)
  const checks = columns.map((column): ColumnRules => ({
    name: column.name,
    check: compileColumn(column, stored, formulas),
    fit: columnFit(column),
  }))
  const declared = new Map(columns.map(({ name }, index) => [name, index]))
  // What says something of a field that is not there.
  const demanding = columns.filter(({ required, requiredWhen }) => required || requiredWhen !== undefined)
  const isPlain = !jsonSchema && !declared.has('$ID')
  const broken: Violation[] = []
  /** Whether a record surely breaks nothing: one walk over its fields, which mostly come in the order of the columns. */
  const isFine = (record: RecordValue): boolean => {
    let next = 0
    let known = 0
    for (const name in record) {
      const index = checks[next]?.name === name ? next : declared.get(name)
      if (index === undefined) return false
      const { fit, check } = checks[index] as ColumnRules // declared
      const value = record[name]
      if (!fit || !fits(fit, value)) {
        check(value, record, broken)
        if (broken.length > 0) {
          broken.length = 0
          return false
        }
      }
      next = index + 1
      known++
    }
    return known === checks.length || demanding.every(({ name }) => Object.hasOwn(record, name))
  }
  return {
    check(key, record) {
      if (isPlain && isFine(record)) return none
      const found: Violation[] = []
      for (const name of Object.keys(record)) {
        // `$` names belong to the format; only `$ID` must say what the key says.
        if (!declared.has(name) && !name.startsWith('$')) {
          found.push({
            code: 'validation/undeclared-field',
            severity: 'error',
            message: `Undeclared field "${name}": declare it as a column, or remove it.`,
            path: [name],
          })
        }
      }
      for (const { name, check } of checks) {
        const stored = Object.hasOwn(record, name) ? record[name] : undefined
        check(stored === undefined && name === '$ID' ? key : stored, record, found)
      }
      const id = Object.hasOwn(record, '$ID') ? record['$ID'] : undefined
      if (id !== undefined && id !== null && String(id) !== key) {
        found.push({
          code: 'validation/id',
          severity: 'warning',
          message: `The stored "$ID" is not the record's key "${key}"; the key counts.`,
          path: ['$ID'],
          expected: key,
          actual: String(id),
        })
      }
      for (const { path, message, expected } of jsonSchema?.(record) ?? []) {
        found.push({
          code: 'validation/schema',
          severity: 'error',
          message,
          path,
          ...(expected === undefined ? {} : { expected }),
        })
      }
      return found
    },
  }
}
