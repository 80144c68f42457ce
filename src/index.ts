export { databases, type DatabasesOptions, type LocalDatabases, type StorageEstimate } from './databases.ts'
export { open, type AuthRequest, type Credentials, type OpenOptions } from './open.ts'
export type { CarryFace } from './client/carry.ts'
export type { Branches, Tags } from './client/branches.ts'
export type { Branch, Database, Snapshot } from './client/database.ts'
export type { Collection, CollectionOf, RecordHandle } from './client/collection.ts'
export type { CollectionOptions, CollectionsOptions, KeyFunction } from './client/collection-options.ts'
export type {
  CheckOptions,
  CollectionWrites,
  DeleteOptions,
  KeyedRow,
  MatchOptions,
  NewRow,
} from './client/collection-writes.ts'
export type { KeyGenerator } from './protocol/collection-settings.ts'
export type { Transaction, TransactionOptions, TransactionWork } from './client/transaction.ts'
export type {
  AnySchema,
  CollectionTypes,
  FieldsOf,
  IdOf,
  InsertOf,
  KeyOf,
  Partly,
  Ref,
  Untyped,
} from './types/collection-types.ts'
export type { Databases } from './client/databases.ts'
export type { AggregateResult, CollectionQueries } from './client/collection-queries.ts'
export type { FindResult, Page } from './client/find-result.ts'
export type { QueryBuilder, QueryStart } from './client/query-builder.ts'
export type { QueryResult } from './client/query-result.ts'
export type { LiveChange, LiveResult } from './protocol/live.ts'
export type { Condition, Expression, PlanLookup, Query, QueryPlan, ResultRow } from './protocol/query.ts'
export type { BuiltQuery, Cond, Expr, Operand, SelectedValues, SourceRequest } from './types/builder-types.ts'
export type { FieldName, Steps, ValueAt } from './types/field-paths.ts'
export type {
  AnyFilter,
  BooleanFilter,
  Direction,
  Filter,
  ListFilter,
  NumberFilter,
  OrderBy,
  TextFilter,
  ValueFilter,
  Where,
} from './types/filter-types.ts'
export type { IncludeRequest, IncludeRequests } from './types/include-types.ts'
export type {
  AggregateOptions,
  FindOptions,
  FoundRow,
  SelectRequest,
  WhereOptions,
} from './types/query-types.ts'
export type { WorkerSource } from './client/connection.ts'
export { EspalierError, isEspalierError, type ErrorData, type WireError } from './protocol/errors.ts'
export type { ErrorCode } from './protocol/error-codes.ts'
export type { Diff, DiffFace } from './client/diff.ts'
export type { QueryFace } from './client/query-face.ts'
export type {
  CollectionDiff,
  ColumnDiff,
  DiffCounts,
  DiffOptions,
  DiffProblem,
  DiffSides,
  DiffStat,
  FieldDiff,
  FileDiff,
  FileValue,
  JsonPatchStep,
  RecordDiff,
  RecordPlace,
  SchemaDiff,
} from './protocol/diff.ts'
export type { RecordHistory } from './client/history.ts'
export type {
  CommitGraph,
  FieldOrigin,
  HistoryOptions,
  LogEntry,
  LogOptions,
  RecordVersion,
} from './protocol/history.ts'
export type { EditableFiles, Files } from './client/files.ts'
export type { CollectionInfo, FileText } from './protocol/engine.ts'
export type {
  DatabaseInfo,
  DatabaseOrder,
  DatabasePage,
  DatabaseProblem,
  DatabaseState,
  DeleteDatabaseOptions,
  DeleteOutcome,
  EmptyTrashOutcome,
  ListDatabasesOptions,
  RenameOutcome,
  RestoreOutcome,
  TrashedDatabase,
} from './protocol/databases.ts'
export type { CommitDefaults, CommitOptions } from './protocol/commit-options.ts'
export type {
  Change,
  CarryConflict,
  CarryCommitOptions,
  CarryOptions,
  CarryOutcome,
  ChangeSelection,
  RecordChange,
} from './protocol/carry.ts'
export type {
  AheadBehind,
  BranchInfo,
  DeleteBranchOutcome,
  DeletedRemoteTag,
  DeleteRefusal,
  LostRef,
  PushedTag,
  RecoveredRef,
  TagInfo,
  TagOptions,
} from './protocol/branches.ts'
export type {
  Author,
  CommitInfo,
  DatabaseEvent,
  Progress,
  PullOutcome,
  PushOutcome,
  Signature,
  Status,
  UndoOutcome,
  StorageLoss,
} from './protocol/outcomes.ts'
export type {
  AtOptions,
  ChangeFilter,
  Json,
  Patch,
  ReadOptions,
  RecordAddress,
  RecordStatus,
  RecordValue,
  Revision,
  Row,
  RowMeta,
  WorkingChange,
} from './protocol/records.ts'
export type { Merge, MergeResolver, Merges } from './client/merge.ts'
export type {
  Choice,
  ConflictKind,
  ConflictSuggestion,
  FieldConflict,
  FieldStrategies,
  FieldStrategy,
  MergeMode,
  TextConflict,
} from './protocol/merge.ts'
export type {
  MergeCommitOptions,
  MergeConflict,
  MergeInfo,
  MergeOptions,
  MergeOutcome,
  MergeStat,
} from './protocol/merge-calls.ts'
export type { Issue, IssueCode } from './protocol/issues.ts'
export type { OnReferences, ValidateOptions, ValidationReport, WriteOptions } from './protocol/validation.ts'
export { defineSchema, type Infer, type InlineSchema } from './types/inline-schema.ts'
export type { FromStandard, StandardSchemas } from './types/standard-schema.ts'
export type { SchemaFace } from './client/schema-face.ts'
export type {
  ColumnInput,
  DefinitionInput,
  PlannedFile,
  SchemaChange,
  SchemaCommit,
  SchemaPlan,
  SchemaProposal,
} from './protocol/schema-changes.ts'
