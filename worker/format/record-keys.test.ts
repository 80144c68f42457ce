import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { checkKey, matchRecordPath, recordPath } from './record-keys.ts'

function definition(name: string, excludeRegex?: string): CollectionDefinition {
  return {
    id: 'geo.countries',
    titles: {},
    dataDir: 'countries',
    recordsDir: 'countries/$records',
    columns: [],
    columnsOrder: [],
    primaryKey: [],
    recordFile: {
      name,
      format: 'json',
      type: 'map[string]any',
      ...(excludeRegex === undefined ? {} : { excludeRegex }),
    },
    readable: { ok: true },
    definitionPath: 'countries/.collection/definition.yaml',
  }
}

const templates = [
  '{key}.json',
  '{key}/{key}.json',
  'prefix-{key}.suffix.json',
  'a/{key}/b.json',
  '{key}-{key}.json',
]

describe('record keys', () => {
  it.each([
    ['', 'empty'],
    ['.', 'folders'],
    ['..', 'folders'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['a\u0085b', 'control'],
    ['x'.repeat(201), '200 bytes'],
    ['é'.repeat(101), '200 bytes'],
    ['a%2Fb', 'stand for slashes'],
    ['a%5cb', 'stand for slashes'],
    ['CON', 'Windows'],
    ['nul.txt', 'Windows'],
    ['lpt1', 'Windows'],
    ['\ud800', 'Unicode'],
  ])('refuse %j', (key, why) => {
    expect(() => checkKey(key)).toThrow(
      expect.objectContaining({ code: 'record/bad-key', message: expect.stringContaining(why) }),
    )
  })

  it('are NFC', () => {
    expect(checkKey('e\u0301')).toBe('\u00e9')
    expect(matchRecordPath(definition('{key}.json'), 'e\u0301.json')).toBe('\u00e9')
  })

  it.each([
    'ie',
    '__proto__',
    'constructor',
    '2025-12-20T23-34-56',
    'a b',
    '100%',
    'x'.repeat(200),
    'console',
    '{key}',
    '$&',
  ])('allow %j', (key) => {
    for (const name of templates) {
      const path = recordPath(definition(name), key)
      expect(matchRecordPath(definition(name), path.slice('countries/$records/'.length))).toBe(key)
    }
  })
})

describe('record paths', () => {
  it('follow the template', () => {
    const paths = templates.map((name) => recordPath(definition(name), 'ie'))
    expect(paths).toEqual([
      'countries/$records/ie.json',
      'countries/$records/ie/ie.json',
      'countries/$records/prefix-ie.suffix.json',
      'countries/$records/a/ie/b.json',
      'countries/$records/ie-ie.json',
    ])
  })

  it('escape slashes', () => {
    expect(recordPath(definition('{key}.json'), 'a/b\\c')).toBe('countries/$records/a%2Fb%5Cc.json')
    expect(matchRecordPath(definition('{key}.json'), 'a%2Fb%5Cc.json')).toBe('a/b\\c')
  })

  it('are refused for keys whose file would not be seen again', () => {
    expect(() => recordPath(definition('{key}.json'), '.hidden')).toThrow(
      expect.objectContaining({ code: 'record/bad-key' }),
    )
    expect(() => recordPath(definition('{key}.json', '^README'), 'README')).toThrow(
      expect.objectContaining({ code: 'record/bad-key' }),
    )
    expect(recordPath(definition('x{key}.json'), '.a')).toBe('countries/$records/x.a.json')
  })

  it.each([
    ['{key}.json', 'ie/details.json'],
    ['{key}.json', 'ie.yaml'],
    ['{key}.json', '.ie.json'],
    ['{key}.json', '.json'],
    ['{key}/{key}.json', 'ie/gb.json'],
    ['{key}/{key}.json', 'ie.json'],
    ['{key}/{key}.json', 'ie/ie/ie.json'],
    ['{key}/{key}.json', '.ie/.ie.json'],
    ['prefix-{key}.suffix.json', 'prefix-.suffix.json'],
    ['prefix-{key}.suffix.json', 'ie.suffix.json'],
    ['{key}-{key}.json', 'a-b.json'],
    ['fixed.json', 'fixed.json'],
  ])('with the template %s do not match %s', (name, path) => {
    expect(matchRecordPath(definition(name), path)).toBeUndefined()
  })

  it('do not match what exclude_regex matches, wherever in the file name', () => {
    const markdown = definition('{key}.md', String.raw`^README\.md$`)
    expect(matchRecordPath(markdown, 'README.md')).toBeUndefined()
    expect(matchRecordPath(markdown, 'x-README.md')).toBe('x-README')
    expect(matchRecordPath(definition('{key}.json', 'draft'), 'a-draft-b.json')).toBeUndefined()
    expect(matchRecordPath(definition('{key}.json', '(?i)draft'), 'a-DRAFT.json')).toBeUndefined()
  })

  it('take linear time even when exclude_regex is made to take long', () => {
    const hostile = definition('{key}.json', String.raw`^(a+)+\.json$`)
    expect(matchRecordPath(hostile, `${'a'.repeat(190)}!.json`)).toBe(`${'a'.repeat(190)}!`)
    expect(matchRecordPath(hostile, `${'a'.repeat(190)}.json`)).toBeUndefined()
  })

  it('match nothing when exclude_regex is refused', () => {
    expect(matchRecordPath(definition('{key}.json', String.raw`(a)\1`), 'b.json')).toBeUndefined()
  })

  it('give back every key that is allowed', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30, unit: 'grapheme' }),
        fc.constantFrom(...templates),
        (key, name) => {
          let path: string
          try {
            path = recordPath(definition(name), key)
          } catch {
            return
          }
          expect(matchRecordPath(definition(name), path.slice('countries/$records/'.length))).toBe(
            key.normalize('NFC'),
          )
        },
      ),
      { seed: 20261121, numRuns: 2000 },
    )
  })
})
