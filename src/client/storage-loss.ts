import type { DatabaseEvent, Status, StorageLoss } from '../protocol/outcomes.ts'

const reasons: Readonly<Record<StorageLoss['code'], string>> = {
  'storage/evicted': 'The browser removed what was stored here, or somebody cleared it',
  'storage/corrupt': 'The browser found its storage damaged and emptied it',
}

function messageOf({ code, held }: StorageLoss): string {
  const what = held
    ? ` When it was last noted, ${held.unpushedCommits ?? 'an unknown number of'} commits and ${held.workingChanges} edits were only here.`
    : ''
  return `${reasons[code]}: the database was cloned anew. Edits and commits that were not pushed are lost.${what}`
}

/** What listeners hear of a loss. */
export function lossEvent(loss: StorageLoss): DatabaseEvent {
  return { type: 'warning', code: loss.code, message: messageOf(loss) }
}

/** A loss is among the warnings until it is dismissed. */
export function withLossWarning(status: Status): Status {
  return status.lost ? { ...status, warnings: [messageOf(status.lost), ...status.warnings] } : status
}
