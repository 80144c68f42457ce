import type { Issue, IssueCode } from '../../../src/protocol/issues.ts'
import type { FileTree } from '../file-tree.ts'
import { parseSchemaFile, type SchemaFile, type SchemaTextParser } from './schema-file.ts'

type Path = readonly (string | number)[]

/** Where the issues of a schema go, and how its files are read. */
export interface IssueSink {
  readonly issues: Issue[]
  /** For the files that are not flat. */
  readonly parseFully: SchemaTextParser
  /** What the format's own tools refuse at load is an error, also where reading goes on. */
  readonly strict: boolean
}

/** A file and what it holds. */
export interface ParsedSource {
  readonly file: string
  readonly parsed: SchemaFile
}

/** Collects what is wrong in one schema file. Every issue has a line and a column. */
export interface FileIssues {
  /** Something is lost for the reader. */
  error(code: IssueCode, message: string, path?: Path): void
  /** The format's tools refuse it at load, reading goes on without it: an error only when strict. */
  refuse(code: IssueCode, message: string, path?: Path): void
  warn(code: IssueCode, message: string, path?: Path): void
}

/**
 * Reports issues of `file` into `sink`. A path is looked for in each of `sources` (a definition, then its
 * bases); what stands nowhere is placed at the nearest part that does.
 */
export function fileIssues(
  sink: IssueSink,
  file: string,
  detail: { readonly collection?: string; readonly sources?: readonly ParsedSource[] } = {},
): FileIssues {
  const place = (path: Path): Pick<Issue, 'file' | 'line' | 'column'> => {
    // Columns and titles are inherited one by one, all else as a whole.
    const whole = path.slice(0, path[0] === 'columns' || path[0] === 'titles' ? 2 : 1)
    const source =
      detail.sources?.find(({ parsed }) => parsed.locate(whole)) ??
      detail.sources?.find(({ parsed }) => parsed.locate(path.slice(0, 1)))
    for (let { length } = path; length > 0; length--) {
      const position = source?.parsed.locate(path.slice(0, length))
      if (source !== undefined && position !== undefined) return { file: source.file, ...position }
    }
    return { file, line: 1, column: 1 }
  }
  const report =
    (severity: 'error' | 'warning') =>
    (code: IssueCode, message: string, path?: Path): void => {
      sink.issues.push({
        code,
        severity,
        message,
        ...place(path ?? []),
        ...(path === undefined ? {} : { path }),
        ...(detail.collection === undefined ? {} : { collection: detail.collection }),
      })
    }
  return {
    error: report('error'),
    refuse: report(sink.strict ? 'error' : 'warning'),
    warn: report('warning'),
  }
}

/**
 * Reads and parses one schema file; undefined, with an issue, when that fails. An `optional` file may be
 * missing; a `harmless` one only matters to strict reading.
 */
export async function readSchemaFile(
  tree: FileTree,
  file: string,
  sink: IssueSink,
  detail: {
    readonly what: string
    readonly collection?: string
    readonly optional?: boolean
    readonly harmless?: boolean
  },
): Promise<SchemaFile | undefined> {
  const bytes = await tree.readFile(file)
  if (bytes === undefined && detail.optional === true) return undefined
  const parsed =
    bytes === undefined ? { message: 'the file is missing' } : parseSchemaFile(bytes, sink.parseFully)
  if (!('message' in parsed)) return parsed
  sink.issues.push({
    code: 'format/syntax',
    severity: detail.harmless === true && !sink.strict ? 'warning' : 'error',
    message: `${detail.what} cannot be read: ${parsed.message}.`,
    file,
    line: parsed.line ?? 1,
    column: parsed.column ?? 1,
    ...(detail.collection === undefined ? {} : { collection: detail.collection }),
  })
  return undefined
}
