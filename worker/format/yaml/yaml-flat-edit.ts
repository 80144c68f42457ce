import type { RecordValue } from '../../../src/protocol/records.ts'
import { equalValues, type ValueEdit } from '../record-diff.ts'
import { isJsonMap } from '../record-value.ts'
import { parseFlatYaml } from './yaml-fast.ts'
import { formatYamlScalarLike } from './yaml-scalar-style.ts'

const plainName = /^[A-Za-z_][\w-]*$/
const quoted = /"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\r\n]|'')*'/y
const notScalar = /^[#[{|>&*!]/

/**
 * Changes one-line scalars of top-level fields in flat YAML, the common edit, without the full parser.
 * Undefined when the text or an edit is anything else, or when the result does not read as `value`.
 */
export function editFlatYaml(
  text: string,
  edits: readonly ValueEdit[],
  value: RecordValue,
): string | undefined {
  if (parseFlatYaml(text) === undefined) return undefined
  let result = text
  for (const edit of edits) {
    const [name, ...deeper] = edit.path
    if (edit.kind !== 'set' || typeof name !== 'string' || deeper.length > 0 || !plainName.test(name))
      return undefined
    if (isJsonMap(edit.value) || Array.isArray(edit.value)) return undefined
    // In flat YAML a line that begins with a name can only be its field.
    const match = new RegExp(`^${name}: +`, 'm').exec(result)
    if (match === null) return undefined
    const start = match.index + match[0].length
    const old = scalarAt(result, start)
    if (old === undefined) return undefined
    result = result.slice(0, start) + formatYamlScalarLike(edit.value, old) + result.slice(start + old.length)
  }
  const read = parseFlatYaml(result)
  return read !== undefined && equalValues(read, value) ? result : undefined
}

/** The source of the one-line scalar that begins here, without the comment after it. */
function scalarAt(text: string, start: number): string | undefined {
  const first = text.charAt(start)
  if (first === '"' || first === "'") {
    quoted.lastIndex = start
    return quoted.exec(text)?.[0]
  }
  const newline = text.indexOf('\n', start)
  const line = text.slice(start, newline === -1 ? text.length : newline)
  const comment = line.indexOf(' #')
  const source = (comment === -1 ? line : line.slice(0, comment)).trimEnd()
  return source === '' || notScalar.test(source) ? undefined : source
}
