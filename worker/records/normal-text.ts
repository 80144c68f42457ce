import type { Value } from './compare-values.ts'

/**
 * Text in the form that keys have (NFC), and so the text of a list. The same value where nothing differs.
 *
 * What lies before U+0300 is NFC as it stands: most text is only looked at.
 */
export function normalText<One extends Value>(value: One): One {
  if (Array.isArray(value)) return changeEach<Value>(value, normalText) as One // items stay what they are
  return typeof value === 'string' && /[\u0300-\uffff]/.test(value) ? (value.normalize('NFC') as One) : value
}

/** A list with other items; the same list when all stay. */
export function changeEach<Item>(list: readonly Item[], by: (item: Item) => Item): readonly Item[] {
  let next: Item[] | undefined
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as Item // within the list
    const changed = by(item)
    if (changed !== item) (next ??= list.slice())[index] = changed
  }
  return next ?? list
}
