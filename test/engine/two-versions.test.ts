import { expect, test } from 'vitest'
import { connect } from '../../worker/storage/idb-connection.ts'
import { idbFormatVersion } from '../../worker/storage/idb-schema.ts'
import { openIdbStorage } from '../../worker/storage/idb-storage.ts'
import { parseJournalEntry } from '../../worker/engine/branches/journal.ts'
import { useGitHost } from '../support/git-host.ts'
import { anyValues, openOn } from './world.ts'
import { useFakeIndexedDb } from '../support/fake-indexed-db.ts'

useFakeIndexedDb()
const host = useGitHost()

test('a tab whose library is older makes way for a newer format: what it was told is stored is there, and it says so', async () => {
  const { url } = host.make('two-versions')
  const storage = await openIdbStorage('two-versions')
  const old = await openOn(storage, url, anyValues)
  await old.settled()
  const countries = old.collection('geo.countries')
  await countries.update('ie', { population: 1 })

  // A tab of a later version of the library: it upgrades the store without waiting for anybody.
  const newer = await connect('two-versions', idbFormatVersion + 1)
  const edit = countries.update('ie', { population: 2 })
  await expect(edit).rejects.toMatchObject({
    code: 'storage/unavailable',
    message: expect.stringContaining('upgraded elsewhere'),
  })
  // What is in memory can still be read, and says what was acknowledged.
  expect((await countries.get('ie'))?.['population']).toBe(1)
  await expect(openIdbStorage('two-versions')).rejects.toMatchObject({ code: 'storage/newer-format' })

  const rows = await newer.run((db) => db.getAll('journal'))
  const values = rows.flatMap((row) => parseJournalEntry(row).edits.map(({ after }) => after?.['population']))
  expect(values).toEqual([1])

  await newer.close()
  await old.close().catch(() => {}) // its store is gone
})
