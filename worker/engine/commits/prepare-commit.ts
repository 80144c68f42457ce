import type { CommitOptions } from '../../../src/protocol/commit-options.ts'
import type { Author } from '../../../src/protocol/outcomes.ts'
import { badArgument } from '../common/bad-argument.ts'
import type { Branch } from '../branches/branch.ts'
import type { CommitRequest } from './commit-changes.ts'
import { trailerLines, withTrailers } from './commit-trailers.ts'
import type { Database } from '../database.ts'
import { defaultMessage } from './default-message.ts'
import { parseJournalEntry } from '../branches/journal.ts'
import { libraryVersion } from '../common/library-version.ts'
import { filterOf } from '../writes/select-changes.ts'
import { createWorkingChanges, type WorkingChanges } from '../branches/working-changes.ts'

const maxOperations = 50

/** One engine of one page. */
const engineId = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) =>
  byte.toString(16).padStart(2, '0'),
).join('')

/** What a commit with more than a message asks for. Throws `engine/bad-argument`. */
export function prepareCommit(database: Database, branch: Branch, options: CommitOptions): CommitRequest {
  if (typeof options !== 'object' || options === null)
    throw badArgument('`commit` takes an object of options.')
  const { message, author, records: _records, committer, timeZone, trailers, audit, ...unknown } = options
  const names = Object.keys(unknown)
  if (names.length > 0)
    throw badArgument(
      `\`commit\` has no option ${names.map((name) => `\`${name.slice(0, 80)}\``).join(', ')}.`,
    )
  if (message !== undefined && typeof message !== 'string') throw badArgument('A message is a text.')
  const { author: ours, commitDefaults } = database
  const zone = timeZone ?? commitDefaults.timeZone ?? 'utc'
  if (zone !== 'utc' && zone !== 'keep') throw badArgument("`timeZone` is 'utc' or 'keep'.")
  const audits = audit ?? commitDefaults.audit ?? false
  if (typeof audits !== 'boolean') throw badArgument('`audit` is true or false.')
  const lines = trailers === undefined ? [] : trailerLines(trailers)
  const timezone = zone === 'keep' ? { timezone: offset(new Date()) } : {}
  const by = committer ?? commitDefaults.committer
  return {
    author: { ...identity('author', author ?? ours), ...timezone },
    ...(by && { committer: { ...identity('committer', by), ...timezone } }),
    filter: filterOf(options),
    message: async (selected) =>
      withTrailers(message === undefined || message.trim() === '' ? defaultMessage(selected) : message, [
        ...lines,
        ...(audits ? await auditLines(database, branch, selected) : []),
      ]),
  }
}

/** A commit of something else than working changes. */
export interface SignedCommit {
  readonly author: Author
  readonly committer?: Author
  readonly message: string
}

/** The same for it. Throws `engine/bad-argument`. */
export async function signCommit(
  database: Database,
  branch: Branch,
  options: CommitOptions & { readonly message: string },
): Promise<SignedCommit> {
  const { author, committer, message } = prepareCommit(database, branch, options)
  return {
    author,
    ...(committer && { committer }),
    message: typeof message === 'string' ? message : await message(createWorkingChanges()),
  }
}

function identity(name: string, { name: who, email }: Author): Author {
  if (typeof who === 'string' && typeof email === 'string') return { name: who, email }
  throw badArgument(`\`${name}\` is { name, email }.`)
}

async function auditLines(
  { repository }: Database,
  { ref, journalSeq }: Branch,
  selected: WorkingChanges,
): Promise<readonly string[]> {
  const { journal } = await repository.storage.readState()
  const operations = journal
    .filter(
      (row) =>
        row.scope === ref &&
        row.seq <= journalSeq &&
        parseJournalEntry(row).edits.some(({ collection, key }) => selected.get(collection, key)),
    )
    .map(({ seq }) => String(seq))
  const rest = operations.length - maxOperations
  const shown = [...operations.slice(0, maxOperations), ...(rest > 0 ? [`+${rest}`] : [])]
  return [
    ...(shown.length > 0 ? [`Espalier-Operations: ${shown.join(' ')}`] : []),
    `Espalier-Client: espalier/${libraryVersion} ${engineId}`,
    `Espalier-Time-Zone: ${new Intl.DateTimeFormat().resolvedOptions().timeZone}`,
  ]
}

/** As git writes it: `+0530`. */
function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  const digits = Math.floor(size / 60) * 100 + Math.floor(size % 60)
  return `${minutes < 0 ? '-' : '+'}${String(digits).padStart(4, '0')}`
}
