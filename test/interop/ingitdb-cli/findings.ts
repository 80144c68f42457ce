/** One violation as the inGitDB CLI prints it. */
export interface Finding {
  readonly file: string
  readonly key: string
  /** Empty for a finding about the record or file as a whole. */
  readonly field: string
  readonly message: string
}

const quoted = String.raw`"((?:[^"\\]|\\.)*)"`
const head = String.raw`(?:(?<=^|: |; |\n)(/[^\n]*?)): (?:record ${quoted}: )?(?:field ${quoted}: )?error: `

/**
 * Reads what `ingitdb validate` prints on stderr: all violations on one line, joined by `; `, each as
 * `<file>: record "<key>": field "<name>": error: <message>` with an absolute file (format facts §5.2).
 */
export function parseFindings(stderr: string): readonly Finding[] {
  const heads = [...stderr.matchAll(new RegExp(head, 'g'))]
  return heads.map((match, index) => {
    const end = heads[index + 1]?.index ?? stderr.length
    const [whole, file = '', key = '', field = ''] = match
    const message = stderr.slice(match.index + whole.length, end).replace(/[;\s]+$/, '')
    return { file, key, field, message }
  })
}
