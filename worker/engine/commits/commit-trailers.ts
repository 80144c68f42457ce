import type { CommitOptions } from '../../../src/protocol/commit-options.ts'
import { canonicalMessage } from '../../git/objects/commit.ts'
import { badArgument } from '../common/bad-argument.ts'

/** The lines of an app's trailers. Throws `engine/bad-argument`, naming the one that is none. */
export function trailerLines(trailers: NonNullable<CommitOptions['trailers']>): readonly string[] {
  if (typeof trailers !== 'object' || trailers === null || Array.isArray(trailers))
    throw badArgument('`trailers` are an object of names and values.')
  return Object.entries(trailers).flatMap(([name, values]) => {
    if (!/^[a-z\d-]+$/i.test(name))
      throw badArgument(`"${name.slice(0, 80)}" is no name of a trailer: letters, digits and hyphens.`)
    return [values].flat().map((value: unknown) => {
      if (typeof value === 'string' && value.trim() !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value))
        return `${name}: ${value.trim()}`
      throw badArgument(`The trailer "${name}" needs a text of one line, without control characters.`)
    })
  })
}

/** A message that ends in trailers: those that it has stay where they are, none comes twice. */
export function withTrailers(message: string, lines: readonly string[]): string {
  const text = canonicalMessage(message).trimEnd()
  const known = trailerBlock(text)
  const added = [...new Set(lines)].filter((line) => !known.includes(line))
  if (added.length === 0) return text
  return `${text}${known.length > 0 ? '\n' : '\n\n'}${added.join('\n')}`
}

/**
 * The lines of the trailers that a message ends with, as git finds them (trailer.c): the last paragraph, which is not
 * the first one, of nothing but trailers and their continuations; where git itself wrote one of them a quarter will do.
 */
function trailerBlock(text: string): readonly string[] {
  const paragraphs = text.split(/\n[^\S\n]*\n/)
  if (paragraphs.length < 2) return []
  const lines = (paragraphs.at(-1) ?? '').split('\n').filter((line) => line !== '')
  let trailers = 0
  let others = 0
  let isGits = false
  let last: 'trailer' | 'other' | undefined
  for (const line of lines) {
    if (/^\s/.test(line) && last !== undefined) {
      if (last === 'other') others++
      continue
    }
    const ofGit = /^(?:Signed-off-by: |\(cherry picked from commit )/.test(line)
    last = ofGit || /^[a-z\d-]+[ \t]*:/i.test(line) ? 'trailer' : 'other'
    if (last === 'trailer') trailers++
    else others++
    isGits ||= ofGit
  }
  return trailers > 0 && (others === 0 || (isGits && trailers * 3 >= others)) ? lines : []
}
