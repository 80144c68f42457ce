// The API reference, from what src/index.ts exports and the docstrings of the source.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Order of the page: what is called first, then what it answers with. */
const kindsFirst = ['function', 'const', 'class', 'interface', 'type']

export function apiPage(root) {
  const parts = exportsOf(join(root, 'src/index.ts'))
    .map(({ name, file }) => ({ name, ...declarationOf(readFileSync(file, 'utf8'), name) }))
    .sort((a, b) => kindsFirst.indexOf(a.kind) - kindsFirst.indexOf(b.kind) || (a.name < b.name ? -1 : 1))
  const lines = [
    '# API reference',
    '',
    '<!-- Made by `npm run docs` from the source. Do not edit. -->',
    '',
    'Everything that `espalier` exports. `espalier/node` has the same face for Node, `espalier/worker` starts the engine',
    'in a worker of your own ([bundlers](bundlers.md)), `espalier/git` lends the repository to isomorphic-git',
    '([guide](isomorphic-git.md)).',
  ]
  for (const { name, doc, code } of parts) {
    lines.push('', `## ${name}`)
    const { text, examples } = readDoc(doc)
    const declaration = withoutExamples(code, examples)
    if (text) lines.push('', text)
    lines.push('', '```typescript', declaration, '```')
    for (const example of examples) lines.push('', 'Example:', '', '```ts', example, '```')
  }
  return `${lines.join('\n')}\n`
}

function exportsOf(index) {
  const found = []
  for (const [, names, from] of readFileSync(index, 'utf8').matchAll(
    /export (?:type )?\{([^}]*)\} from '([^']+)'/g,
  )) {
    for (const name of names.split(',').map((entry) => entry.trim().replace(/^type /, ''))) {
      if (name) found.push({ name, file: resolve(dirname(index), from) })
    }
  }
  return found
}

/** The docstring and the declaration: all of a type, the signature of a function, the type of a constant, the public members of a class. */
function declarationOf(source, name) {
  const start = new RegExp(
    String.raw`^export (?:async )?(function|const|class|interface|type) ${name}\b`,
    'm',
  ).exec(source)
  if (start === null) throw new Error(`No declaration of ${name}`)
  const [, kind] = start
  const before = source.slice(0, start.index)
  const doc = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? ''
  const rest = source.slice(start.index)
  const end = kind === 'type' ? rest.search(/\n(?=\n|$)/) : rest.indexOf('\n}')
  const whole = rest.slice(0, kind === 'type' ? end : end + 2)
  const code = publicPart(kind, whole)
  return { kind, doc, code: code.replace(/^export /, '').trimEnd() }
}

function publicPart(kind, whole) {
  if (kind === 'function') return whole.slice(0, whole.search(/ \{\n/))
  if (kind === 'const') return whole.slice(0, whole.indexOf(' ='))
  return kind === 'class' ? members(whole) : whole
}

/** A class without its bodies. */
function members(code) {
  return code.replaceAll(/^( {2}(?:static )?\w+\([^\n]*\)(?:: [^\n{]+)?) \{\n[\s\S]*?\n {2}\}/gm, '$1')
}

/** Examples of members stand below the declaration, where they are run. */
function withoutExamples(code, examples) {
  return code.replaceAll(/\n {3}\*\n {3}\* @example\n {3}\* ```ts\n([\s\S]*?) {3}\* ```/g, (_, example) => {
    examples.push(example.replaceAll(/^ {3}\* ?/gm, '').trimEnd())
    return ''
  })
}

function readDoc(doc) {
  const text = doc.replaceAll(/^\s*\* ?/gm, '').trim()
  const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code.trimEnd())
  const prose = text
    .replaceAll(/@example\s*/g, '')
    .replaceAll(/```ts\n[\s\S]*?```/g, '')
    .replaceAll(/\{@link ([\w.]+)\}/g, '`$1`')
  return { text: prose.replaceAll(/\n{3,}/g, '\n\n').trim(), examples }
}
