import type { Issue } from '../../src/protocol/issues.ts'
import { openNodeRepository } from '../../worker/git/node/node-repository.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { createTreeValidationSource } from '../../worker/format/validation/tree-source.ts'
import { validateChanges } from '../../worker/format/validation/validate-changes.ts'
import type { ValidationSource } from '../../worker/format/validation/validation-source.ts'
import { lineOf, runGit, tryGit } from '../git/run-git.ts'
import { createTreeVersion } from '../source/commit-version.ts'
import { nodeCodecs, nodePlugins } from '../source/node-plugins.ts'
import type { Source, Version } from '../source/version.ts'
import type { WorkTree } from '../source/work-tree.ts'

/** Git's names of what is brought to the branch. A revert brings what nobody has had like this. */
const broughtAs = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REBASE_HEAD']

/**
 * The rules that the index breaks, once nothing in it is in conflict, and that neither the branch nor what is brought to
 * it broke before: what `git commit` would take as it is.
 */
export async function violationsInIndex(
  source: Source,
  { top, prefix }: WorkTree,
): Promise<readonly Issue[]> {
  const root = lineOf(runGit(top, ['write-tree'])) as Oid // git's answer
  const { objects, close } = await openNodeRepository(top)
  try {
    const ours = await source.at('HEAD')
    const broken = await faults(
      ours,
      await createTreeVersion(objects, root, prefix.slice(0, -1), 'The index'),
    )
    if (broken.length === 0) return []
    const known = new Set<string>()
    for (const name of broughtAs) {
      const { status, out } = tryGit(top, ['rev-parse', '-q', '--verify', name])
      if (status !== 0) continue
      for (const issue of await faults(ours, await source.at(lineOf(out)))) known.add(identity(issue))
    }
    return broken.filter((issue) => !known.has(identity(issue)))
  } finally {
    await close()
  }
}

/** What is wrong in one version, and was not in another. */
async function faults(older: Version, version: Version): Promise<readonly Issue[]> {
  const [before, after] = [await validationSource(older), await validationSource(version)]
  const { issues } = await validateChanges(before, after, await version.changedSince(older))
  return issues.filter(({ severity }) => severity === 'error')
}

async function validationSource({ tree }: Version): Promise<ValidationSource> {
  const options = { plugins: nodePlugins }
  return createTreeValidationSource(tree, await readDatabaseSchema(tree, nodeCodecs), options)
}

function identity({ collection, key, file, path, code }: Issue): string {
  return JSON.stringify([collection, key, key === undefined ? file : '', path, code])
}
