import { join } from 'node:path'
import { itemDefinition } from './database/item.ts'
import { commitHeader, fileModify, importedRepository } from './fast-import.ts'
import { cacheDir } from './repositories.ts'

/** A bare repository with the definition of the collection `items` and no records; made on first use. */
export function itemRepository(): Promise<string> {
  return importedRepository(join(cacheDir, 'items-2.git'), stream)
}

function* stream(): Generator<string> {
  yield commitHeader('Define the items', 0)
  yield fileModify('.ingitdb/root-collections.yaml', 'items: items\n')
  yield fileModify('items/.collection/definition.yaml', itemDefinition)
  yield 'done\n'
}
