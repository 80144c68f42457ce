// Names, literals and comments of a generated module. What stands in them comes from strangers' files.

// Control characters, marks that reorder or hide text in an editor, line separators and halves of characters.
const unsafe =
  // oxlint-disable-next-line no-control-regex -- exactly these must not reach a source file
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g
const maxCommentLength = 240

/** A string literal of TypeScript that means exactly this text. */
export function stringLiteral(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `'${escaped}'`
}

/** A property name: bare where that is possible. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringLiteral(name)
}

/** A doc comment of these lines, or nothing; each line ends up on one line and cannot end the comment. */
export function docComment(lines: readonly (string | undefined)[], indent = ''): string {
  const shown = lines.flatMap((line) => (line === undefined ? [] : [commentText(line)])).filter(Boolean)
  if (shown.length === 0) return ''
  if (shown.length === 1) return `${indent}/** ${shown[0]} */\n`
  return `${indent}/**\n${shown.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`
}

function commentText(text: string): string {
  const plain = text.replaceAll(unsafe, ' ').replaceAll(/\s+/g, ' ').trim()
  const short = plain.length > maxCommentLength ? `${cut(plain)}…` : plain
  // A tag of somebody's text (`@deprecated`) would speak to tools.
  return short.replaceAll('*/', '*\\/').replaceAll(/@(?=\w)/g, '\\@')
}

function cut(text: string): string {
  return text.slice(0, maxCommentLength).replace(/[\uD800-\uDBFF]$/, '')
}

/** Gives every collection names of its own for its types, whatever its id is. */
export function createTypeNames(
  reserved: Iterable<string>,
): (id: string, suffixes: readonly string[]) => string {
  const taken = new Set(reserved)
  return (id, suffixes) => {
    const words = id.split(/[^A-Za-z0-9]+/).filter(Boolean)
    const plain = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
    const base = plain === '' ? 'Collection' : /^\d/.test(plain) ? `_${plain}` : plain
    for (let count = 1; ; count++) {
      const name = count === 1 ? base : `${base}_${count}`
      const wanted = suffixes.map((suffix) => name + suffix)
      if (wanted.some((each) => taken.has(each))) continue
      for (const each of wanted) taken.add(each)
      return name
    }
  }
}
