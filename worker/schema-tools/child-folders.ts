import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { folderTemplates, slotSegment } from '../format/record-layout.ts'

/** The folders that may hold everything of one parent's instance of a subcollection, the preferred one first. */
export function childFolders(child: CollectionDefinition, parent: string): readonly string[] {
  return folderTemplates(child).map((template) => {
    const parents = parent.split('/')
    // The folder of the subcollection itself follows its parent's key.
    const end = template.lastIndexOf(slotSegment) + 2
    return template
      .slice(0, end)
      .map((segment) => (segment === slotSegment ? parents.shift() : segment))
      .join('/')
  })
}
