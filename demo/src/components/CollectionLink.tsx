import type { JSX } from 'preact'
import type { CollectionInfo } from '../../../src/index.ts'
import { plural } from '../lib/format.ts'
import { depthOf, localName } from '../lib/namespaces.ts'
import { pickTitle } from '../lib/titles.ts'
import { showPane } from '../state/layout.ts'
import { selectCollection } from '../state/navigation.ts'
import { changesByCollection, collectionId } from '../state/workspace.ts'

/** One collection: its title, how many records, how many of them changed. */
export function CollectionLink({ info }: { readonly info: CollectionInfo }): JSX.Element {
  const { definition, count } = info
  const { id, readable, titles } = definition
  const changed = changesByCollection.value.get(id)?.size ?? 0
  const isNested = depthOf(id) > 0
  const state = readable.ok ? '' : ' is-unreadable'
  return (
    <li class={isNested ? 'is-nested' : ''}>
      <button
        type="button"
        class={`collection${state}`}
        aria-current={collectionId.value === id ? 'page' : undefined}
        onClick={() => {
          showPane('table')
          void selectCollection(id)
        }}
      >
        <span class="collection-title">{pickTitle(titles, localName(id))}</span>
        {changed > 0 && (
          <span class="badge is-changed" title={`${plural(changed, 'changed record')}`}>
            <span aria-hidden="true">±</span>
            {changed}
            <span class="visually-hidden"> changed</span>
          </span>
        )}
        {readable.ok && count !== null && (
          <span class="count">
            {count.toLocaleString('en')}
            <span class="visually-hidden"> records</span>
          </span>
        )}
        {!readable.ok && <span class="collection-reason">{reasonText(readable.reason)}</span>}
      </button>
    </li>
  )
}

function reasonText(reason: string): string {
  if (!reason.includes('not readable yet')) return `Not readable yet: ${reason}`
  return reason.charAt(0).toUpperCase() + reason.slice(1)
}
