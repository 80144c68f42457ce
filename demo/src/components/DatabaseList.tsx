import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { plural } from '../lib/format.ts'
import { localDatabases, moreDatabases, refreshDatabases } from '../state/local-databases.ts'
import { DatabaseItem } from './DatabaseItem.tsx'
import { DeleteDialog } from './DeleteDialog.tsx'

/** The databases of this browser. */
export function DatabaseList(): JSX.Element | null {
  useEffect(() => void refreshDatabases(), [])
  const all = localDatabases.value ?? []
  return (
    <>
      {all.length > 0 && (
        <section class="start-section" aria-labelledby="start-databases">
          <h2 id="start-databases">In this browser</h2>
          <ul class="databases">
            {all.map((database) => (
              <DatabaseItem key={database.id} database={database} />
            ))}
          </ul>
          {moreDatabases.value > 0 && <p class="help">And {plural(moreDatabases.value, 'older one')}.</p>}
        </section>
      )}
      <DeleteDialog />
    </>
  )
}
