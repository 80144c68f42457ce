import type { Issue, IssueCode } from '../../src/protocol/issues.ts'
import type { SchemaFile } from './schema-file.ts'

type Path = readonly (string | number)[]

/** Collects what is wrong in one schema file. */
export interface FileIssues {
  error(code: IssueCode, message: string, path?: Path): void
  warn(code: IssueCode, message: string, path?: Path): void
}

/** Reports issues of `file` into `sink`, with positions when the parsed file is known. */
export function fileIssues(
  sink: Issue[],
  file: string,
  detail: { readonly collection?: string; readonly parsed?: SchemaFile } = {},
): FileIssues {
  const report =
    (severity: 'error' | 'warning') =>
    (code: IssueCode, message: string, path?: Path): void => {
      sink.push({
        code,
        severity,
        message,
        file,
        ...(path === undefined ? {} : { path, ...detail.parsed?.locate(path) }),
        ...(detail.collection === undefined ? {} : { collection: detail.collection }),
      })
    }
  return { error: report('error'), warn: report('warning') }
}
