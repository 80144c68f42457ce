import * as fc from 'fast-check'
import { type Node, parseTree } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { type JsonNode, parseJsonTree } from './json-tree.ts'
import { type JsonVisitor, walkJson } from './json-walk.ts'

const nothing: JsonVisitor = { open() {}, close() {}, name() {}, scalar() {} }

/** Kinds and places, as both parsers see them. */
function ours({ type, offset, end, children }: JsonNode): unknown {
  return [type, offset, end, children.map(ours)]
}

function theirs({ type, offset, length, children = [] }: Node): unknown {
  const known = type === 'object' || type === 'array' || type === 'property' ? type : 'scalar'
  return [known, offset, offset + length, children.map(theirs)]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const texts = fc
  .tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom('', '  ', '\t'), fc.constantFrom('', '\r\n', ' '))
  .map(([value, indent, around]) => around + JSON.stringify(value, null, indent) + around)

describe('The tree of a JSON text', () => {
  it('has the kinds and places that jsonc-parser finds', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const tree = parseJsonTree(text)
        expect(tree && ours(tree)).toEqual(theirs(parseTree(text, [], { disallowComments: true })!))
      }),
      { seed: 20261126, numRuns: 300 },
    )
  })

  it('exists for exactly the texts that JSON.parse takes', () => {
    const pieces = fc.constantFrom(
      ...'[]{},:"\\'.split(''),
      ...String.raw`\u00e9 \x a 1 - .5 01 1e5 e+ true null nul // {"a": "b" [1,`.split(' '),
      ...' \n\0\ufeff\u00a0'.split(''),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('')
        expect(walkJson(text, nothing) === undefined, JSON.stringify(text)).toBe(isJson(text))
      }),
      { seed: 20261126, numRuns: 5_000 },
    )
    fc.assert(
      fc.property(texts, fc.nat(), pieces, (text, at, piece) => {
        const place = at % (text.length + 1)
        const changed = text.slice(0, place) + piece + text.slice(place + 1)
        expect(walkJson(changed, nothing) === undefined, JSON.stringify(changed)).toBe(isJson(changed))
      }),
      { seed: 20261126, numRuns: 5_000 },
    )
  })

  it('has names as JSON says them, and parents', () => {
    const tree = parseJsonTree('{"a\\u00e9": [1], "__proto__": 2}')
    expect(tree?.children.map(({ name }) => name)).toEqual(['aé', '__proto__'])
    expect(tree?.children[0]?.children[1]?.children[0]?.parent?.parent?.parent).toBe(tree)
  })
})

describe('A fault in a JSON text', () => {
  it.each([
    ['', 0, 'a value'],
    ['{"a": 1,}', 8, 'a name in double quotes'],
    ['{"a" 1}', 5, '":"'],
    ['[1 2]', 3, '"," or "]"'],
    ['{"a": 1]', 7, '"," or "}"'],
    ['{} {}', 3, 'the end of the file'],
    ['["a\\x"]', 3, 'a valid escape'],
    ['["a\n"]', 3, 'an escaped control character'],
    ['["a', 3, 'the end of a text in quotes'],
    ['[01]', 2, '"," or "]"'],
    ['[tru]', 1, 'a value'],
  ])('%j is at %i: %s is expected', (text, offset, expected) => {
    expect(walkJson(text, nothing)).toEqual({ offset, expected })
  })

  it('is found however deep it lies', () => {
    expect(walkJson('['.repeat(1_000_000), nothing)).toEqual({ offset: 1_000_000, expected: 'a value' })
  })
})
