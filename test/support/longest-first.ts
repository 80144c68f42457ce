import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, longest first. One that is missing here runs later: nothing else depends on it. */
const longest: readonly string[] = ['test/browser/kill.test.ts']

/** Runs the longest files first, so that none of them runs alone at the end while other processors are idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = new Map(longest.map((file, index) => [file, index]))
    const placeOf = ({ moduleId, project }: TestSpecification): number =>
      place.get(relative(project.config.root, moduleId).replaceAll('\\', '/')) ?? longest.length
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}
