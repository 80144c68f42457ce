import { isMap, needOptions, refuseOption } from '../../../src/protocol/options.ts'
import type { WriteOperation } from '../../../src/protocol/writes.ts'

const named = { key: true, ifMatch: 'string' } as const

/** Throws `engine/bad-argument` for patches that are none, and for what a record to write does not know. */
export function checkOperation(operation: WriteOperation): void {
  if (operation.kind === 'delete') for (const each of operation.keys) needOptions(each ?? null, named)
  if (operation.kind === 'updateWhere') needPatch(operation.patch)
  if (operation.kind !== 'update') return
  for (const each of operation.patches) {
    needOptions(each ?? null, { ...named, patch: true })
    needPatch(each.patch)
  }
}

function needPatch(patch: unknown): void {
  if (!isMap(patch)) refuseOption('patch', patch, 'an object of fields')
}
