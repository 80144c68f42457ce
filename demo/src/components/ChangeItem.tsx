import type { JSX } from 'preact'
import type { Json, WorkingChange } from '../../../src/index.ts'
import { compact, fieldOf } from '../lib/json.ts'
import { isSameCell } from '../lib/parse-cell.ts'
import { discardChanges, keepMine } from '../state/edits.ts'
import { recordLink } from '../state/navigation.ts'
import { Icon } from './Icon.tsx'

const kinds = {
  insert: { mark: '+', word: 'new' },
  update: { mark: '±', word: 'edited' },
  delete: { mark: '−', word: 'deleted' },
} as const

/** One changed record: each field before and after, and the way back. */
export function ChangeItem({ change }: { readonly change: WorkingChange }): JSX.Element {
  const { collection, key, before, after, conflict } = change
  const { mark, word } = kinds[change.kind]
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (name) => !name.startsWith('$') && !isSameCell(fieldOf(before, name), fieldOf(after, name)),
  )
  return (
    <li class={conflict ? 'change is-conflict' : 'change'}>
      <div class="change-head">
        <span class={`mark is-${change.kind}`} aria-hidden="true">
          {mark}
        </span>
        {change.kind === 'delete' ? (
          <code>{key}</code>
        ) : (
          <a href={recordLink(collection, key)}>
            <code>{key}</code>
          </a>
        )}
        <span class="note">
          {collection} · {word}
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label={`Discard the change of ${key}`}
          title="Discard this change"
          onClick={() => void discardChanges([change])}
        >
          <Icon name="undo" />
        </button>
      </div>
      {change.kind !== 'delete' && (
        <dl class="diff">
          {fields.map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {change.kind === 'update' && (
                  <>
                    <del>{shown(fieldOf(before, name))}</del>
                    <span class="to" aria-label="becomes">
                      →
                    </span>
                  </>
                )}
                <ins>{shown(fieldOf(after, name))}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {conflict && (
        <div class="conflict">
          <p>
            <Icon name="warning" />
            <span>
              <strong>Conflict.</strong>{' '}
              {conflict.theirs === null
                ? 'The branch deleted this record.'
                : 'The branch changed this record too:'}
            </span>
          </p>
          {conflict.theirs !== null && (
            <dl class="diff">
              {Object.keys(conflict.theirs)
                .filter((name) => !isSameCell(fieldOf(before, name), fieldOf(conflict.theirs ?? {}, name)))
                .map((name) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>
                      <ins>{shown(fieldOf(conflict.theirs ?? {}, name))}</ins>
                    </dd>
                  </div>
                ))}
            </dl>
          )}
          <div class="conflict-actions">
            {conflict.theirs !== null && (
              <button type="button" class="button is-small" onClick={() => void keepMine(change)}>
                Keep mine
              </button>
            )}
            <button type="button" class="button is-small" onClick={() => void discardChanges([change])}>
              Take theirs
            </button>
          </div>
        </div>
      )}
    </li>
  )
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not set'
  if (value === '') return 'empty'
  const text = compact(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
