import { isMap, needOptions, refuseOption } from '../../src/protocol/options.ts'
import type { WriteOperation } from '../../src/protocol/writes.ts'

const deleted = { key: 'string', ifMatch: 'string' }
const patched = { ...deleted, patch: 'object' }

/** Throws `engine/bad-argument` for patches that are none, and for what a record to write does not know. */
export function checkOperation(operation: WriteOperation): void {
  if (operation.kind === 'delete') for (const each of operation.keys) needItem(each, deleted)
  if (operation.kind === 'update')
    for (const each of operation.patches) {
      needItem(each, patched)
      needPatch(each.patch)
    }
  if (operation.kind === 'updateWhere') needPatch(operation.patch)
}

function needItem(item: unknown, allowed: { readonly [name: string]: string }): void {
  if (isMap(item) && typeof item['key'] === 'string') needOptions(item, allowed)
  else refuseOption('key', item, 'texts, or { key }')
}

function needPatch(patch: unknown): void {
  if (!isMap(patch)) refuseOption('patch', patch, 'an object of fields')
}
