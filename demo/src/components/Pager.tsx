import type { JSX } from 'preact'
import { canEditRecords } from '../state/new-record.ts'
import { filter, page, pageCount, pageSize, rows, shownPage, visibleRows } from '../state/table.ts'
import { Icon } from './Icon.tsx'

/** Which records the table shows, and the way to the others. */
export function Pager(): JSX.Element {
  const total = visibleRows.value.length
  const first = shownPage.value * pageSize
  const range = `${first + 1}–${Math.min(total, first + pageSize)}`
  const isFiltered = filter.value.trim() !== ''
  return (
    <div class="pager">
      <p role="status">
        {total === 0 ? 'No records' : `${range} of ${total.toLocaleString('en')}`}
        {isFiltered && ` (filtered from ${rows.value.length.toLocaleString('en')})`}
      </p>
      <p class="keys" aria-hidden="true">
        {total > 0 && (
          <>
            {canEditRecords.value && (
              <>
                <kbd>Enter</kbd> edits <kbd>Esc</kbd> cancels{' '}
              </>
            )}
            <kbd>Space</kbd> shows all of a cell
          </>
        )}
      </p>
      {pageCount.value > 1 && (
        <div class="pager-buttons">
          <button
            type="button"
            class="icon-button"
            aria-label="Previous page"
            disabled={shownPage.value === 0}
            onClick={() => (page.value = shownPage.value - 1)}
          >
            <Icon name="left" />
          </button>
          <span>
            {shownPage.value + 1} / {pageCount.value}
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label="Next page"
            disabled={shownPage.value + 1 >= pageCount.value}
            onClick={() => (page.value = shownPage.value + 1)}
          >
            <Icon name="right" />
          </button>
        </div>
      )}
    </div>
  )
}
