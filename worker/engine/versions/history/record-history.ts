import type { FieldOrigin, HistoryOptions, RecordVersion } from '../../../../src/protocol/history.ts'
import type { FieldDiff } from '../../../../src/protocol/diff.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { normalKey } from '../../../format/record-layout.ts'
import { createFieldFilter, diffFields } from '../../../merge/field-diffs.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { describeCommit } from '../../repository/describe-commit.ts'
import type { RecordView } from '../../queries/read-records.ts'
import type { CommitSource } from '../commit-source.ts'
import { createTracer, type TracedRecord } from './history-places.ts'
import { walkTraced, type TracedCommit } from './history-walk.ts'

/** The changes of one record, newest first. Throws `git/history-missing`, `record/bad-key`. */
export async function* recordVersions(
  repository: CommitSource,
  tip: CommitSnapshot,
  id: string,
  key: string,
): AsyncGenerator<RecordVersion> {
  // It says what is wrong with a collection that is not there.
  await tip.collection(id)
  const tracer = createTracer(repository, tip, id, key)
  for await (const traced of walkTraced(repository, tip.commit, tracer))
    yield describeVersion(repository, traced)
}

/** What {@link recordVersions} finds of the wanted fields. */
export async function listVersions(
  repository: CommitSource,
  tip: CommitSnapshot,
  id: string,
  key: string,
  { limit = 100, fields: names }: HistoryOptions,
): Promise<readonly RecordVersion[]> {
  const filter = names && createFieldFilter(names)
  const versions: RecordVersion[] = []
  if (limit <= 0) return versions
  for await (const version of recordVersions(repository, tip, id, key)) {
    const fields = filter ? filter.pick(version.fields) : version.fields
    if (filter && fields.length === 0 && !version.problem) continue
    versions.push(filter ? { ...version, fields } : version)
    if (versions.length >= limit) break
  }
  return versions
}

async function describeVersion(
  repository: CommitSource,
  { oid, now, before }: TracedCommit,
): Promise<RecordVersion> {
  const after = await now.read()
  const olds: (TracedRecord | undefined)[] = []
  for (const trace of before) olds.push(await trace.read())
  const [old] = olds
  const value = valueOf(after)
  const [first = [], ...others] = (olds.length > 0 ? olds : [undefined]).map((each) => changed(each, value))
  const own = first.filter((field) =>
    others.every((fields) => fields.some((other) => equalValues(other.path, field.path))),
  )
  const oldValue = valueOf(old)
  return {
    commit: describeCommit(oid, (await repository.objects.read(oid)).bytes),
    kind: !after ? 'removed' : olds.every((each) => each === undefined) ? 'added' : 'modified',
    ...(oldValue && { before: oldValue }),
    ...(value && { after: value }),
    fields: own,
    ...(after?.kind === 'problem' && { problem: after.problem }),
  }
}

function changed(old: TracedRecord | undefined, value: RecordValue | undefined): readonly FieldDiff[] {
  return diffFields(valueOf(old) ?? {}, value ?? {})
}

function valueOf(record: TracedRecord | undefined): RecordValue | undefined {
  return record?.kind === 'value' ? record.value : undefined
}

/** For each field of a record what set it last, in the order of the record; none for a record that is not there. */
export async function blameRecord(
  repository: CommitSource,
  view: RecordView,
  id: string,
  given: string,
): Promise<readonly FieldOrigin[]> {
  const { snapshot, changes } = view
  const { definition } = await snapshot.collection(id)
  const key = normalKey(definition, given)
  const change = changes.get(id, key)
  const now = change ? change.after : ((await (await snapshot.collection(id)).get(key)) ?? null)
  if (!now) return []
  const origins = new Map<string, FieldOrigin['commit']>()
  const committed = change ? (change.conflict ? change.conflict.theirs : change.before) : now
  for (const [field, value] of Object.entries(now))
    if (!committed || !Object.hasOwn(committed, field) || !equalValues(value, committed[field]))
      origins.set(field, null)
  const open = new Set(Object.keys(now).filter((field) => !origins.has(field)))
  if (open.size > 0) {
    for await (const { commit, after, fields } of recordVersions(repository, snapshot, id, key)) {
      for (const { path } of fields) {
        const [field = ''] = path
        // On another line of history the field may have got a value that a merge did not take.
        if (!open.has(field) || !after || !equalValues(after[field], now[field])) continue
        open.delete(field)
        origins.set(field, commit)
      }
      if (open.size === 0) break
    }
  }
  return Object.keys(now).map((field) => ({ field, commit: origins.get(field) ?? null }))
}
