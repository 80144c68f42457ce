import type { LostRef, RecoveredRef } from '../../../../src/protocol/branches.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import { shown } from '../../../../src/protocol/options.ts'
import { isJsonMap } from '../../../format/record-value.ts'
import { reflogEntryOf, reflogWrite } from '../../../git/refs/reflog.ts'
import { assertBranchName } from '../../../git/refs/refs-name.ts'
import { badArgument } from '../../common/bad-argument.ts'
import { journalUnmoved } from '../../branches/branch.ts'
import type { Database } from '../../database.ts'
import { branchPrefix, refExists, standsInTheWay, tagPrefix } from '../../repository/ref-names.ts'
import { changeRefs, signed } from './change-refs.ts'

/**
 * Brings back what {@link listLost} told of, under its name or another one.
 *
 * Throws `git/ref-exists`, `git/ref-missing` for what no reflog holds any more, `git/bad-ref-name`,
 * `engine/bad-argument`, `engine/busy`.
 */
export async function restoreLost(
  { repository, author, wake }: Database,
  lost: LostRef,
  as?: string,
): Promise<RecoveredRef> {
  if (!isLost(lost))
    throw badArgument(
      `Give one of what recover() lists, not ${shown(lost)}, and perhaps a name for it: { as }.`,
    )
  const kind = lost.kind === 'tag' ? 'tag' : 'branch'
  const prefix = kind === 'tag' ? tagPrefix : branchPrefix
  const name = as ?? lost.name
  assertBranchName(name, `a ${kind} name`)
  const ref = prefix + name
  const oid = await changeRefs(repository, async (state) => {
    if (standsInTheWay(repository.refs, ref)) throw refExists(name)
    // What a reflog holds is here with all that it needs.
    const moves = await repository.storage.readReflog(prefix + lost.name)
    const held = moves.map(({ entry }) => reflogEntryOf(entry)?.oldOid).find((old) => old === lost.oid)
    if (!held) throw notHeld(lost)
    return {
      require: [{ kind: 'ref', name: ref, value: null }, journalUnmoved(state, ref)],
      writes: [
        { kind: 'setRef', name: ref, value: held },
        reflogWrite(ref, null, held, signed(author), `${kind}: recovered ${lost.kind} ${lost.name}`),
      ],
      result: held,
    }
  })
  // Handles may be open on a branch of this name that was deleted.
  await wake()
  return { kind, name, oid }
}

function isLost(lost: unknown): boolean {
  return isJsonMap(lost) && ['kind', 'name', 'oid'].every((part) => typeof lost[part] === 'string')
}

function notHeld({ kind, name, oid }: LostRef): EspalierError {
  return new EspalierError(
    'git/ref-missing',
    `The lost ${kind} "${name}" is not here any more: it was kept for its time, or renamed. List again.`,
    { data: { name, oid } },
  )
}
