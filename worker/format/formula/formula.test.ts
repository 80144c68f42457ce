import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileCondition, compileFormula, type FormulaOptions, type FormulaOutcome } from './formula.ts'
import facts from './starlark-facts.json' with { type: 'json' }

/** The fields that the facts were made with. */
const fields = {
  name: 'Ada Lovelace',
  city: 'Zürich',
  n: 7,
  neg: -7,
  price: 2.5,
  whole: 130,
  active: true,
  none: null,
  tags: ['b', 'a', 'c'],
  titles: { en: 'Hi', ru: 'Привет' },
  empty: '',
}
const names = Object.keys(fields)

function run(source: string, options: Partial<FormulaOptions> = {}, record: object = fields): FormulaOutcome {
  const compiled = compileFormula(source, { names, floats: ['price', 'whole'], ...options })
  // The record of a test is JSON data.
  return compiled.ok ? compiled.formula.evaluate(record as typeof fields) : compiled
}

function valueOf(source: string, options: Partial<FormulaOptions> = {}, record: object = fields): unknown {
  const outcome = run(source, options, record)
  return outcome.ok ? outcome.value : outcome.fault.kind
}

/** What a formula of ours may not do although Starlark does: each with the reason. */
const differences = new Map<string, string>([
  ['"İ".lower()', 'JavaScript makes two characters of it, so that it stays'],
  ['b"x"', 'no column holds bytes'],
  ['bytes("a")', 'no column holds bytes'],
  ['set([1])', 'no column holds sets'],
  ['tags.append', 'nothing changes a value'],
  ['"日本".codepoints()', 'gives a list'],
  ['print', 'there is nothing to print to'],
  ['hash("a")', 'left out'],
  ['dir("a")', 'left out'],
  ['getattr("a", "upper")', 'left out'],
  ['hasattr("a", "upper")', 'left out'],
  ['"a".join', 'shown as a function'],
  ['n # comment', 'a comment may end a formula'],
])

describe('a formula gives what the Go implementation of Starlark gives', () => {
  const kinds = new Map([
    ['syntax', ['invalid-formula']],
    ['resolve', ['undefined-name', 'invalid-formula']],
    ['runtime', ['runtime-error', 'step-limit']],
  ])
  it('for every fact', () => {
    const wrong: unknown[] = []
    for (const [source = '', type = '', repr] of facts) {
      if (differences.has(source)) continue
      const wanted = repr === undefined ? kinds.get(type) : [type, repr]
      const found =
        repr === undefined
          ? [valueOf(source)]
          : [valueOf(`type((${source}\n))`), valueOf(`repr((${source}\n))`)]
      const same = repr === undefined ? wanted?.includes(String(found[0])) : String(wanted) === String(found)
      if (same !== true) wrong.push([source, wanted, found])
    }
    expect(wrong).toEqual([])
  })
})

describe('the conformance vectors of the format', () => {
  it.each([
    ['string', 'first_name + " " + last_name', { first_name: 'Ada', last_name: 'Lovelace' }, 'Ada Lovelace'],
    ['int', 'qty * price', { qty: 3, price: 4 }, 12],
    ['int', '7 // 2', {}, 3],
    ['float', '7 / 2', {}, 3.5],
    ['bool', 'qty > 0', { qty: 5 }, true],
    ['string', 'str(qty)', { qty: 3 }, '3'],
    ['string', 'str(ratio)', { ratio: 1.5 }, '1.5'],
    ['string', 'str(active)', { active: true }, 'True'],
    ['int', 'abs(delta)', { delta: -7 }, 7],
    ['int', 'round(ratio)', { ratio: 2.5 }, 3],
    ['string', 'open("/etc/passwd")', {}, 'undefined-name'],
    ['int', '7 / 2', {}, 'non-integral-coercion'],
    ['int', 'numerator // denominator', { numerator: 10, denominator: 0 }, 'runtime-error'],
    ['string', 'qty * 2', { qty: 5 }, 'unsupported-result-type'],
  ])('%s: %s', (type, source, record, expected) => {
    expect(valueOf(source, { type, names: Object.keys(record), floats: [] }, record)).toBe(expected)
  })
})

describe('the result becomes a value of the column', () => {
  it.each([
    ['int', '4.0', 4],
    ['int', '1e15', 1e15],
    ['int', '1e16', 'unsupported-result-type'],
    ['int', '"4"', 'unsupported-result-type'],
    ['int', 'True', 'unsupported-result-type'],
    ['int', 'None', 'unsupported-result-type'],
    ['float', '3', 3],
    ['float', '-0.0', 0],
    ['float', '1e308 * 10', 'unsupported-result-type'],
    ['float', '"3"', 'unsupported-result-type'],
    ['bool', '1', 'unsupported-result-type'],
    ['string', 'None', 'unsupported-result-type'],
    ['string', 'city[:2]', 'unsupported-result-type'],
    ['string', 'city[:3]', 'Zü'],
    ['any', 'None', null],
    ['any', '[1]', 'unsupported-result-type'],
    ['any', '"x"', 'x'],
    ['datetime', '"x"', 'unsupported-type'],
    ['[]string', 'tags', 'unsupported-type'],
  ])('%s: %s', (type, source, expected) => {
    expect(Object.is(valueOf(source, { type }), expected)).toBe(true)
  })

  it('and is exact or a fault, up to the integers that a number can hold', () => {
    expect(valueOf('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(valueOf('-9007199254740990 - 1')).toBe(Number.MIN_SAFE_INTEGER)
    expect(valueOf('9007199254740991 + 1')).toBe('unsupported-result-type')
    expect(valueOf('9007199254740991 * 9007199254740991 % 1000')).toBe(
      Number(9007199254740991n ** 2n % 1000n),
    )
  })
})

describe('a formula sees the stored columns', () => {
  it('a missing field and null as None', () => {
    expect(valueOf('type(gone) + str(none)', { names: ['gone', 'none'] })).toBe('NoneTypeNone')
  })
  it('as floats where the column is float', () => {
    expect(valueOf('str(whole)')).toBe('130.0')
    expect(valueOf('str(whole)', { floats: [] })).toBe('130')
  })
  it('even one that has the name of a function', () => {
    expect(valueOf('type + "!"', { names: ['type'] }, { type: 'road' })).toBe('road!')
  })
  it('but no other names, and no computed ones', () => {
    expect(valueOf('greeting', { computed: ['greeting'] })).toBe('references-computed-column')
    expect(valueOf('[greeting for x in tags]', { computed: ['greeting'] })).toBe('references-computed-column')
    for (const name of ['constructor', '__proto__', 'toString', 'globalThis', 'undeclared']) {
      expect(valueOf(name, {}, { ...fields, undeclared: 1 })).toBe('undefined-name')
    }
  })
  it('and nothing of a value but what Starlark gives it', () => {
    for (const value of ['name', 'n', 'tags', 'titles', 'None', 'len', '(lambda: 1)', 'range(3)']) {
      for (const attribute of ['constructor', '__proto__', 'length', 'items2', 'kind', 'call']) {
        expect(valueOf(`${value}.${attribute}`)).toBe('runtime-error')
      }
    }
    expect(valueOf('titles["constructor"]')).toBe('runtime-error')
    expect(valueOf('titles.get("__proto__", "none")')).toBe('none')
    expect(valueOf('{"__proto__": 1}["__proto__"]')).toBe(1)
  })
})

describe('a fault says where it is', () => {
  it.each([
    ['n +', 1, 4],
    ['n\n  ? 1', 2, 3],
    ['1 + nowhere', 1, 5],
    ['n + (1 // 0)', 1, 8],
    ['name.foo()', 1, 5],
    ['[x for x in tags if x["a"]]', 1, 22],
    ['"abc', 1, 1],
  ])('%s', (source, line, column) => {
    const outcome = run(source)
    expect(outcome).toMatchObject({ ok: false, fault: { position: { line, column } } })
  })
})

describe('a condition', () => {
  const test = (source: string): unknown => {
    const compiled = compileCondition(source, { names })
    const outcome = compiled.ok ? compiled.formula.evaluate(fields) : compiled
    return outcome.ok ? outcome.value : outcome.fault.kind
  }
  it('gives True or False and nothing else', () => {
    expect(test('n > 5 and none == None')).toBe(true)
    expect(test('name == "x"')).toBe(false)
    expect(test('n')).toBe('unsupported-result-type')
    expect(test('none')).toBe('unsupported-result-type')
    expect(test('n >')).toBe('invalid-formula')
  })
})

describe('no formula hangs, fills the memory or throws', () => {
  const deep = (open: string, close: string): string => open.repeat(10_000) + '1' + close.repeat(10_000)
  it.each([
    ['deep parentheses', deep('(', ')'), 'invalid-formula'],
    ['deep lists', '['.repeat(5000), 'invalid-formula'],
    ['many signs', '-'.repeat(10_000) + '1', 'invalid-formula'],
    ['many nots', 'not '.repeat(4000) + '1', 'invalid-formula'],
    ['many conditions', '1 if n else '.repeat(1500) + '1', 'invalid-formula'],
    ['many lambdas', 'lambda: '.repeat(2000) + '1', 'invalid-formula'],
    ['a very long text', '1+'.repeat(20_000) + '1', 'invalid-formula'],
    ['a huge repetition', '"a" * 10000000000', 'step-limit'],
    ['a huge list', '[0] * 1000000000000', 'step-limit'],
    ['a product of repetitions', '("a" * 100000 + "b") * 100000', 'step-limit'],
    ['a huge range', '[x for x in range(1000000000000)]', 'step-limit'],
    ['a list of a huge range', 'list(range(1000000000000))', 'step-limit'],
    ['nested loops', '[x for a in range(9999) for b in range(9999) for x in range(9999) if 0]', 'step-limit'],
    ['many texts', '["a" * 100000 for x in range(100000)]', 'step-limit'],
    ['joins that grow', '",".join(["a" * 1000 for x in range(100000)])', 'step-limit'],
    ['doubling', `len(str(${'(lambda a: [a, a])('.repeat(40)}1${')'.repeat(40)}))`, 'step-limit'],
    [
      'a doubling comparison',
      `(lambda b: b == [b[0], b[1]])(${'(lambda a: [a, a])('.repeat(40)}1${')'.repeat(40)})`,
      'step-limit',
    ],
    ['squares', `${'(lambda a: a * a)('.repeat(40)}7${')'.repeat(40)}`, 'runtime-error'],
    ['a slow search', '("a" * 400000).find("a" * 200000 + "b")', 'step-limit'],
    ['a lambda that calls itself', '(lambda f: f(f))(lambda f: f(f))', 'runtime-error'],
    ['a format that grows', '("{}" * 10000).format(*(["a" * 10000] * 10000))', 'step-limit'],
    ['a shift', '1 << 1000000', 'runtime-error'],
    ['many digits', 'int("9" * 100000)', 'runtime-error'],
    [
      'a range of ranges',
      'len([0 for x in range(100) for y in range(100) for z in range(1000)])',
      'step-limit',
    ],
    ['a long sorting', 'sorted([x * 7919 % 300007 for x in range(200000)])', 'step-limit'],
  ])('%s', (_name, source, kind) => {
    expect(valueOf(source)).toBe(kind)
  })

  it('a long formula that is flat is no deep one', () => {
    expect(valueOf('1' + '+1'.repeat(5000))).toBe(5001)
    expect(valueOf('[' + '1,'.repeat(5000) + '][4999]')).toBe(1)
    expect(valueOf('""' + '.strip()'.repeat(2000))).toBe('')
  })

  it('a range is not made to be counted or searched', () => {
    expect(valueOf('len(range(1000000000000)) + range(1000000000000)[-1] % 10')).toBe(1_000_000_000_009)
    expect(valueOf('999999 in range(0, 1000000000000, 3)')).toBe(true)
  })

  it('soups of tokens give a value or a fault', () => {
    const word = fc.constantFrom(
      ...'n name tags titles none x ( ) [ ] { } , : . + - * / // % == < in not and or if else for lambda 1 2.5 "a" len str sorted range True ** = | <<'.split(
        ' ',
      ),
      '.join',
      '"%s %d"',
      '[x for x in',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const outcome = run(words.join(' '))
        if (!outcome.ok) expect(outcome.fault.message).not.toBe('')
      }),
      { seed: 3, numRuns: 4000 },
    )
  })

  it('any text and any record give a value or a fault', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.constantFrom(...names), fc.jsonValue()),
        (source, record) => {
          run(source, {}, record)
          run('repr([name, n, tags, titles, price])', {}, record)
        },
      ),
      { seed: 4, numRuns: 1000 },
    )
  })

  it('and evaluating again gives the same', () => {
    const compiled = compileFormula('[f(x) for f in [lambda y: y * n] for x in range(3)][2]', { names })
    if (!compiled.ok) throw new Error(compiled.fault.message)
    expect(compiled.formula.evaluate({ n: 2 })).toEqual({ ok: true, value: 4 })
    expect(compiled.formula.evaluate({ n: 'a' })).toEqual({ ok: true, value: 'aa' })
    expect(compiled.formula.evaluate({})).toMatchObject({ ok: false, fault: { kind: 'runtime-error' } })
    expect(compiled.formula.evaluate({ n: 3 })).toEqual({ ok: true, value: 6 })
  })
})
