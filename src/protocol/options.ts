import { EspalierError } from './errors.ts'

/**
 * What an option may be: one of some values; a number from this one on; what `typeof` calls so (`'object'`: a plain
 * one); `true`: whatever is checked elsewhere.
 */
export type Allowed = readonly unknown[] | number | string | true

/**
 * Throws `engine/bad-argument` for options that are no object, of another name, or of a value that is not allowed.
 * Ignored, a slip would make a call another one than the app meant. `within`: what comes before the names, `'a.b.'`.
 */
export function needOptions(
  options: unknown,
  allowed: { readonly [option: string]: Allowed },
  within = '',
): void {
  if (options === undefined) return
  const names = (): string => Object.keys(allowed).join(', ')
  if (!isMap(options)) {
    const option = within.slice(0, -1) || 'options'
    badOption(option, `"${option}" must be an object. Give { ${names()} }.`)
  }
  for (const [option, value] of Object.entries(options)) {
    // A revision that is not known must not become no lock at all.
    if (value === undefined && option !== 'ifMatch') continue
    const rule = Object.hasOwn(allowed, option) ? allowed[option] : undefined
    // What was meant may be a secret: its value is not told.
    if (rule === undefined)
      badOption(within + option, `There is no option "${within + option}". Give ${names()}.`)
    if (!fits(value, rule)) refuseOption(within + option, value, says(rule))
  }
}

/** Throws `engine/bad-argument` with what an option is, and what it may be. */
export function refuseOption(option: string, given: unknown, allowed: string): never {
  badOption(option, `"${option}" is ${shown(given)}. Give ${allowed}.`)
}

/** Throws `engine/bad-argument` for what is to be called and cannot: later nobody would be there to hear of it. */
export function needFunction(name: string, given: unknown): void {
  if (typeof given !== 'function') refuseOption(name, given, 'a function')
}

function badOption(option: string, says: string): never {
  throw new EspalierError('engine/bad-argument', says, { data: { option } })
}

/** A value as a message shows it, whatever it is. */
export function shown(value: unknown): string {
  try {
    return (
      typeof value === 'string' || Array.isArray(value) || isMap(value)
        ? JSON.stringify(value)
        : String(value)
    ).slice(0, 200)
  } catch {
    return typeof value // it holds itself, or a bigint
  }
}

/** Whether a value is a plain object: names and values, as JSON has them. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function fits(value: unknown, rule: Allowed): boolean {
  if (rule === true) return true
  if (typeof rule === 'number') return typeof value === 'number' && value >= rule
  if (typeof rule === 'object') return rule.includes(value)
  return rule === 'object' ? isMap(value) : typeof value === rule
}

function says(rule: Allowed): string {
  if (typeof rule === 'number') return `a number from ${rule} on`
  return typeof rule === 'object' ? rule.join(', ') : `a value of type ${rule}`
}
