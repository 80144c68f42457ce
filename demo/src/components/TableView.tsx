import type { JSX } from 'preact'
import { plural } from '../lib/format.ts'
import { pickTitle } from '../lib/titles.ts'
import { canEditRecords } from '../state/new-record.ts'
import { filter, visibleRows } from '../state/table.ts'
import { collection, collectionId, collections, loadedRows, view } from '../state/workspace.ts'
import { Grid } from './Grid.tsx'
import { Icon } from './Icon.tsx'
import { Pager } from './Pager.tsx'
import { Problems } from './Problems.tsx'
import { RecordButtons } from './RecordButtons.tsx'

/** Why there is no row, and the way out. */
function EmptyTable(): JSX.Element {
  const wanted = filter.value.trim()
  if (wanted === '')
    return (
      <p class="empty">
        This collection has no records.{canEditRecords.value && ' Add the first with “New record”.'}
      </p>
    )
  return (
    <div class="empty">
      <p>No record matches “{wanted}”.</p>
      <button type="button" class="link-button" onClick={() => (filter.value = '')}>
        Clear the filter
      </button>
    </div>
  )
}

/** The chosen collection. */
export function TableView(): JSX.Element {
  const info = collection.value
  if (info === null) {
    const text =
      collections.value === null
        ? 'Reading the collections…'
        : collectionId.value === null
          ? 'Choose a collection.'
          : `This ${view.value?.commit === null ? 'branch' : 'commit'} has no collection “${collectionId.value}”.`
    return (
      <main class="table-view">
        <p class="empty">{text}</p>
      </main>
    )
  }
  const { definition, count } = info
  const isLoaded =
    loadedRows.value?.collection === definition.id && loadedRows.value.snapshot === view.value?.snapshot
  const shown = visibleRows.value.length
  return (
    <main class="table-view" aria-labelledby="collection-title">
      <div class="table-head">
        <div>
          <h2 id="collection-title">{pickTitle(definition.titles, definition.id)}</h2>
          <p class="table-id">
            <code>{definition.id}</code>
            {definition.recordFile.format !== '' && (
              <span> · {definition.recordFile.format.toUpperCase()}</span>
            )}
          </p>
        </div>
        {definition.readable.ok && (
          <div class="table-tools">
            <label class="filter">
              <Icon name="search" />
              <span class="visually-hidden">Filter the records</span>
              <input
                type="search"
                placeholder="Filter"
                value={filter.value}
                onInput={(event) => (filter.value = event.currentTarget.value)}
              />
            </label>
            <RecordButtons />
          </div>
        )}
      </div>
      {!definition.readable.ok ? (
        <div class="empty">
          <p>
            <strong>Not readable yet.</strong> {definition.readable.reason}
          </p>
          <p>Its files stay as they are in every commit and push.</p>
        </div>
      ) : !isLoaded ? (
        <p class="empty" role="status">
          Reading {plural(count ?? 0, 'record')}…
        </p>
      ) : (
        <>
          <Problems problems={loadedRows.value?.problems ?? []} />
          {shown === 0 ? <EmptyTable /> : <Grid />}
          <Pager />
        </>
      )}
    </main>
  )
}
