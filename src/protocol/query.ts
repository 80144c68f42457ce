import type { Json, Row } from './records.ts'

/**
 * The query IR: plain JSON that crosses the worker boundary, lives in URLs and saved files, and is the same whatever
 * face made it. A breaking change counts this up; the engine refuses versions that it does not know.
 */
export const queryVersion = 1

/** The way to a value inside a row: `['names', 'en']`. `$id`, `$rev`, `$status` and `$parent` are first steps too. */
export type FieldPath = readonly string[]

/** A query over one collection, or over several that are joined. Every part but `version` and `from` may be left out. */
export interface Query {
  readonly version: typeof queryVersion
  readonly from: Source
  /** In order; each sees the sources before it. */
  readonly joins?: readonly Join[]
  readonly where?: Condition
  /** Groups by these; without `groupBy`, aggregates in `select` make one group of all rows. */
  readonly groupBy?: readonly Expression[]
  /** On groups; may use aggregates. */
  readonly having?: Condition
  /**
   * What a result row holds, by name. Absent: the whole row of `from` (joined: one property by alias). With `select`,
   * `$id` and `$rev` stay unless the query groups or joins.
   */
  readonly select?: { readonly [name: string]: Expression }
  readonly distinct?: boolean
  readonly orderBy?: readonly Order[]
  readonly limit?: number
  readonly offset?: number
  /** Goes on after (or before) the row that a cursor of the same query names; see `QueryPage`. */
  readonly after?: string
  readonly before?: string
  /** Related records through foreign keys, nested under a name of the row. Not together with joins or groups. */
  readonly include?: { readonly [name: string]: Include }
}

/** Where rows come from. */
export interface Source {
  readonly collection: string
  /** The name that expressions use; '' where there is one source only. */
  readonly alias: string
  /** Only the records below one parent, as it stands in keys (subcollections). */
  readonly parent?: string
  /** A ref, commit or time (ms since 1970) that this source is read at; the handle's own state unless given. */
  readonly at?: string | number
  /** With `at`: the definitions that it is read with, those of that commit unless `'current'` says the handle's. */
  readonly schema?: 'own' | 'current'
  /** Records that were deleted softly too; they are hidden unless asked for. */
  readonly deleted?: boolean
}

/** A source whose rows are paired with those so far. `left` keeps rows without a partner; theirs is null. */
export interface Join {
  readonly kind: 'inner' | 'left'
  readonly source: Source
  /** All must be equal; `left` is of the sources before, `right` of this one. */
  readonly on: readonly { readonly left: Expression; readonly right: Expression }[]
}

/** A value computed from a row (or, with aggregates, from a group). */
export type Expression =
  /** A field; `from` names the source where there are several. */
  | { readonly field: FieldPath; readonly from?: string }
  | { readonly value: Json }
  | {
      readonly fn:
        | 'add'
        | 'subtract'
        | 'multiply'
        | 'divide'
        | 'concat'
        | 'lower'
        | 'upper'
        | 'length'
        | 'coalesce'
      readonly of: readonly Expression[]
    }
  | {
      readonly aggregate: 'count' | 'countDistinct' | 'sum' | 'avg' | 'min' | 'max'
      /** Absent for `count`: rows. Given: rows where the value is there and not null. */
      readonly of?: Expression
    }

/** What a row must fulfil. Semantics: docs/queries.md (null, missing, types, dates). */
export type Condition =
  | { readonly op: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition }
  /** Compares with a value, or with another expression of the row. */
  | {
      readonly op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly op: 'between'; readonly left: Expression; readonly value: readonly [Json, Json] }
  | { readonly op: 'in' | 'notIn' | 'hasAll'; readonly left: Expression; readonly value: readonly Json[] }
  | { readonly op: 'has'; readonly left: Expression; readonly value: Json }
  | {
      readonly op: 'contains' | 'startsWith' | 'endsWith' | 'matches'
      readonly left: Expression
      readonly value: string
      readonly ignoreCase?: boolean
    }
  /** `isNull`: null or missing. `exists`: the field is there, even as null. */
  | { readonly op: 'isNull' | 'exists'; readonly left: Expression; readonly value: boolean }
  /** Ranked full text over a collection's search index (plug-in `espalier/search`). */
  | {
      readonly op: 'search'
      readonly text: string
      readonly fields?: readonly string[]
      readonly from?: string
    }

export interface Order {
  readonly by: Expression
  readonly direction: 'asc' | 'desc'
  /** Where null and missing go. Default: first ascending, last descending. */
  readonly nulls?: 'first' | 'last'
  /** BCP 47: text is compared as this language sorts it; by code units unless given. */
  readonly locale?: string
}

/**
 * Records that a foreign key leads to. `column`: this collection's own key column, giving one row or null.
 * `collection` + `column`: records of another collection whose column holds this row's key, giving a list.
 */
export interface Include {
  readonly column: string
  readonly collection?: string
  /** What a record holds, by name, beside `$id` and `$rev`; absent: all of it. */
  readonly select?: { readonly [name: string]: Expression }
  readonly where?: Condition
  readonly orderBy?: readonly Order[]
  readonly limit?: number
  readonly include?: { readonly [name: string]: Include }
}

/** A row of a result: a record's row, or what `select` made. */
export type ResultRow = Row | { readonly [name: string]: Json }

/** What a query answers. */
export interface QueryPage {
  readonly rows: readonly ResultRow[]
  /** Where the next page begins; null when this was the last. Only in queries with `limit`. */
  readonly next: string | null
  /** Where the page before this one ends (`before`); null when this is the first. Only in queries with `limit`. */
  readonly previous: string | null
}

/** Rows of another collection that are looked up for each row: by key, or in an equality index. */
export interface PlanLookup {
  readonly collection: string
  readonly access: 'hash' | 'key'
}

/** How a query was run; for people and tests. */
export interface QueryPlan {
  readonly collection: string
  /** `scan`: every row. `key`: by key. `hash`: an equality index. `sorted`: a range or the order of a sorted index. */
  readonly access: 'scan' | 'key' | 'hash' | 'sorted' | 'search'
  readonly index?: FieldPath
  /** The order came from the index. */
  readonly ordered: boolean
  readonly joins: readonly PlanLookup[]
  /** The related records, nested ones after those that include them: looked up for each row that is returned. */
  readonly includes: readonly PlanLookup[]
  readonly rowsRead: number
  readonly rowsReturned: number
  readonly elapsedMs: number
}
