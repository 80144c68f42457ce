import type { HandleId } from '../protocol/engine.ts'
import type { Author } from '../protocol/outcomes.ts'
import type { SchemaChange, SchemaCommit, SchemaPlan, SchemaProposal } from '../protocol/schema-changes.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'

/**
 * The schema of a branch as data: planned, then committed as one commit with the records that it rewrites.
 */
export interface SchemaFace {
  /**
   * What changes would do, and what would break. Nothing is written.
   *
   * Errors: `client/extras-failed`, `record/collection-missing`, `record/missing`, `engine/bad-argument`.
   *
   * @example
   * ```ts
   * const plan = await db.schema.plan([
   *   { kind: 'rename-column', collection: 'units', name: 'symbol', to: 'abbreviation' },
   * ])
   * console.log(plan.summary, plan.issues)
   * ```
   */
  plan(changes: readonly SchemaChange[]): Promise<SchemaPlan>
  /**
   * Plans changes and commits them, definitions and records together.
   *
   * Errors: those of `plan`, `schema/refused` (`data.issues`), `schema/working-changes` (an affected collection has
   * some; those of other collections stay).
   */
  apply(
    changes: readonly SchemaChange[],
    options: { readonly message: string; readonly author?: Author },
  ): Promise<SchemaCommit>
  /** The definitions that the files of a database without definitions suggest, for a review. */
  infer(): Promise<SchemaProposal>
  /** Commits the inferred definitions; every record keeps its bytes. */
  applyInferred(options: { readonly message: string; readonly author?: Author }): Promise<SchemaCommit>
}

export function createSchemaFace({ call }: Pick<Connection, 'call'>, handle: HandleId): SchemaFace {
  const apply = (
    wanted: readonly SchemaChange[] | 'inferred',
    { message, author }: { readonly message: string; readonly author?: Author },
  ): Promise<SchemaCommit> => {
    askForPersistence()
    return call((engine) => engine.applySchema(handle, wanted, message, author))
  }
  return {
    plan: (changes) => call((engine) => engine.planSchema(handle, changes)),
    apply,
    infer: () => call((engine) => engine.inferSchema(handle)),
    applyInferred: (options) => apply('inferred', options),
  }
}
