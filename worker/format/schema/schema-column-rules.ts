import type { Json } from '../../../src/protocol/records.ts'
import type { Column } from '../../../src/protocol/schema.ts'
import type { FileIssues } from './schema-issues.ts'

/**
 * Reports rules of a column that contradict each other or its type. Other tools load all of these but the
 * first, so they are warnings: such a rule is checked as it stands.
 */
export function checkColumnRules(column: Column, issues: FileIssues): void {
  const { name, type } = column
  const report = (key: string, what: string, index?: number): void =>
    issues.warn('format/bad-value', `"${key}" of column "${name}" ${what}.`, [
      'columns',
      name,
      key,
      ...(index === undefined ? [] : [index]),
    ])
  if (column.required && column.requiredWhen !== undefined) {
    const path = ['columns', name, 'required_when']
    issues.refuse('format/bad-value', `Column "${name}" has both "required" and "required_when".`, path)
  }
  const seen = new Set<string>()
  column.enum?.forEach((member, index) => {
    const text = JSON.stringify(member)
    if (seen.has(text)) report('enum', `names ${text} twice`, index)
    else if (!fits(member, type)) report('enum', `names ${text}, which is no ${type}`, index)
    seen.add(text)
  })
  if (column.enum?.length === 0) report('enum', 'permits nothing: it is empty')

  for (const [key, bound] of [
    ['length', column.length],
    ['min_length', column.minLength],
    ['max_length', column.maxLength],
  ] as const) {
    if (bound !== undefined && /^(?:int|float|bool)$/.test(type)) report(key, `has no meaning for ${type}`)
  }
  for (const [key, bound] of [
    ['min_value', column.minValue],
    ['max_value', column.maxValue],
  ] as const) {
    if (bound === undefined) continue
    if (!/^(?:int|float|any)$/.test(type)) report(key, `has no meaning for ${type}`)
    else if (type === 'int' && !Number.isInteger(bound)) report(key, 'is no whole number')
  }
  if (above(column.minLength, column.maxLength)) report('min_length', 'is above "max_length"')
  if (above(column.minValue, column.maxValue)) report('min_value', 'is above "max_value"')
}

/** Whether one bound contradicts the other. */
export function above(least: number | undefined, most: number | undefined): boolean {
  return least !== undefined && most !== undefined && least > most
}

/** Whether a permitted value can ever be one of the type; types that hold others are not looked into. */
function fits(value: Json, type: string): boolean {
  switch (type) {
    case 'int':
      return Number.isInteger(value)
    case 'float':
      return typeof value === 'number'
    case 'bool':
      return typeof value === 'boolean'
    case 'string':
    case 'date':
    case 'time':
    case 'datetime':
      return typeof value === 'string'
    default:
      return true
  }
}
