import { EspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { attempt } from '../format/rows-codec.ts'
import type { RecordFile } from './record-file.ts'

/** A comment that a side put into a file, and for which the merged file has no place. */
export interface LostComment {
  readonly text: string
  /** The record it stands with; undefined where that cannot be told. */
  readonly key: string | undefined
}

/** The texts of a file in three versions. */
export interface FileTexts {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

const utf8 = new TextEncoder()
const decoder = new TextDecoder()

/** Comments of a side that neither the base nor the merged file has. */
export function lostComments(file: RecordFile, texts: FileTexts, merged: Uint8Array): readonly LostComment[] {
  const { format } = file
  const known = new Set([...commentsIn(format, texts.base), ...commentsIn(format, decoder.decode(merged))])
  const lost = new Map<string, LostComment>()
  for (const side of [texts.ours, texts.theirs])
    for (const text of commentsIn(format, side))
      if (!known.has(text) && !lost.has(text)) lost.set(text, { text, key: ownerOf(file, side, text, texts) })
  return [...lost.values()]
}

/** More records are not tried: each is a file written. */
const maxTried = 100

/** The record that takes a comment along when it is deleted. */
function ownerOf(file: RecordFile, side: string, comment: string, texts: FileTexts): string | undefined {
  if (file.isSingle) return ''
  const read = (text: string): ReadonlyMap<string, RecordValue> => {
    const records = attempt(() => file.parse(utf8.encode(text)))
    return records === undefined || records instanceof EspalierError ? new Map() : records
  }
  const [base, ours, theirs, records] = [read(texts.base), read(texts.ours), read(texts.theirs), read(side)]
  const isChanged = (key: string): boolean =>
    !equalValues(base.get(key), ours.get(key)) || !equalValues(base.get(key), theirs.get(key))
  const keys = [...records.keys()]
  const suspects = [...keys.filter(isChanged), ...keys.filter((key) => !isChanged(key))]
  return suspects.slice(0, maxTried).find((key) => {
    const others = new Map(records)
    others.delete(key)
    const left = attempt(() => file.write(utf8.encode(side), others))
    return (
      !(left instanceof EspalierError) && !commentsIn(file.format, decoder.decode(left)).includes(comment)
    )
  })
}

/** What looks like a comment: for telling people, not for changing anything. */
function commentsIn(format: string, text: string): readonly string[] {
  const [, front = ''] = format === 'markdown' ? text.split(/^---\s*$/m) : ['', text]
  return front.split(/\r?\n/).flatMap((line) => {
    const found = /(?:^|\s)#(.*)$/.exec(line)
    const isQuoted = found && (line.slice(0, found.index).split('"').length - 1) % 2 === 1
    const comment = found?.[1]?.trim() ?? ''
    return isQuoted || comment === '' ? [] : [comment]
  })
}

/** Tells of a comment that has no place in a merged file. */
export function commentDropped(place: Pick<Issue, 'collection' | 'key' | 'file'>, comment: string): Issue {
  return {
    ...place,
    code: 'format/comment-dropped',
    severity: 'warning',
    message: `A comment has no place in the merged file, as both sides changed its lines: ${JSON.stringify(comment.slice(0, 200))}.`,
  }
}
