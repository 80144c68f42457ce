import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import facts from './linear-pattern-facts.json' with { type: 'json' }
import { compileLinearPattern } from './linear-pattern.ts'

function test(source: string, text: string, anchored = false): boolean {
  const pattern = compileLinearPattern(source, { anchored })
  if (!pattern.ok) throw new Error(`${source}: ${pattern.reason}`)
  return pattern.test(text)
}

function reason(source: string): string {
  const pattern = compileLinearPattern(source)
  return pattern.ok ? 'accepted' : pattern.reason
}

/** Where JavaScript's Unicode data or our limits differ from Go's. */
const differences = new Map<string, string>([['a{1000}', 'more than our states']])

describe('a pattern', () => {
  it('matches what it matches in Go (RE2), and is refused where Go refuses it', () => {
    const wrong: unknown[] = []
    for (const [source, bits] of facts.patterns) {
      const text = String(source)
      if (differences.has(text)) continue
      const pattern = compileLinearPattern(text)
      if (bits === undefined || !pattern.ok) {
        if (pattern.ok !== (bits !== undefined)) wrong.push([text, pattern.ok ? 'accepted' : pattern.reason])
        continue
      }
      facts.texts.forEach((candidate, index) => {
        const wanted = Math.floor(Number(bits) / 2 ** index) % 2 === 1
        if (pattern.test(candidate) !== wanted) wrong.push([text, candidate, wanted])
      })
    }
    expect(wrong).toEqual([])
  })

  it('matches the whole text when it is anchored', () => {
    expect(test('a|ab', 'ab', true)).toBe(true)
    expect(test('a', 'ab', true)).toBe(false)
    expect(test('b', 'ab', true)).toBe(false)
    expect(test('', '', true)).toBe(true)
    expect(test('a*', 'aaaa', true)).toBe(true)
  })

  it.each([
    [String.raw`(a)\1`, 'back-references are not in RE2'],
    ['(?=a)', 'look-around is not in RE2'],
    ['(?<!a)', 'look-around is not in RE2'],
    ['(a', 'a group does not end'],
    ['a)', 'a group ends that did not begin'],
    ['[a', 'a bracket does not end'],
    ['*', 'there is nothing to repeat'],
    ['a{2}{3}', 'a repetition is repeated without a group'],
    ['a{1001}', 'at most 1000'],
    ['((a{100}){100}){100}', 'too large'],
    ['(((){1000}){1000}){1000}', 'too large'],
    ['('.repeat(500), 'nested too deeply'],
    ['a'.repeat(1001), 'longer than 1000 characters'],
  ])('%s is refused with the reason', (source, why) => {
    expect(reason(source)).toContain(why)
  })

  it('agrees with JavaScript where both have the syntax', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      String.raw`\d`,
      String.raw`\w`,
      '日',
      '^',
      '$',
      String.raw`\b`,
      String.raw`\B`,
    )
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        atom,
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
        fc
          .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '+?'))
          .map(([a, sign]) => `(?:${a})${sign}`),
        tie('pattern').map((a) => `(${a})`),
      ),
    }))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '日', '\n', '🌍'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, text, fc.boolean(), (source, candidate, anchored) => {
        const oracle = new RegExp(anchored ? `^(?:${source})$` : source, 'u')
        expect(test(source, candidate, anchored)).toBe(oracle.test(candidate))
      }),
      { seed: 5, numRuns: 2000 },
    )
  })

  it('of any text is accepted or refused, and then gives an answer', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?^$.\\-:,<>=!QEpPLdxi1é'), maxLength: 20 })
    fc.assert(
      fc.property(soup, fc.string({ unit: 'binary', maxLength: 10 }), (source, candidate) => {
        const pattern = compileLinearPattern(source)
        expect(pattern.ok ? typeof pattern.test(candidate) : pattern.reason).not.toBe('')
      }),
      { seed: 6, numRuns: 4000 },
    )
  })
})

describe('no pattern takes more than linear time', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** Characters that were looked at, over all ways through the pattern: every one is a RegExp test of a set. */
  function steps(source: string, length: number): number {
    const pattern = compileLinearPattern(source)
    if (!pattern.ok) throw new Error(pattern.reason)
    const text = `${'a'.repeat(length)}!`
    const spy = vi.spyOn(RegExp.prototype, 'test')
    pattern.test(text)
    const { length: count } = spy.mock.calls
    spy.mockRestore()
    return count
  }

  it.each([
    String.raw`^(\w+)+$`,
    String.raw`^(\w*)*$`,
    String.raw`^(\w|\w)*$`,
    String.raw`^(\w|[a-b]|\w\w)+$`,
    String.raw`^(([a-z])+.)+[A-Z]([a-z])+$`,
    String.raw`(\w?){20}\w{20}$`,
    String.raw`^((((\w*)*)*)*)*$`,
    String.raw`[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*\d`,
    String.raw`(\w+\s?)*$`,
  ])('%s', (source) => {
    const short = steps(source, 500)
    const long = steps(source, 2000)
    expect(short).toBeGreaterThan(400)
    expect(long).toBeLessThan(short * 4.2)
  })
})
