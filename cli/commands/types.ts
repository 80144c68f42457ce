import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import { countWords } from '../report/report.ts'
import { printIssues } from '../report/text-report.ts'
import type { CommandContext } from '../command.ts'
import { openSource } from '../source/open-source.ts'
import { readTypes } from '../types/read-types.ts'
import { versionOf } from './validate.ts'

/** `espalier types` */
export async function types({ args, io, print }: CommandContext): Promise<ExitCode> {
  const out = args.value('out')
  if (args.has('check') && out === undefined) throw new UsageError('--check needs --out: the file to check.')
  const source = await openSource(args, io, 0)
  try {
    const { tree } = await versionOf(source, args.value('commit'))
    const outcome = await readTypes(tree)
    if (!outcome.ok) {
      printIssues(outcome.errors, { ...print, line: (text = '') => io.err(`${text}\n`) })
      print.error(`No types were written: ${countWords(outcome.errors)} in the definitions.`)
      return exitCodes.issues
    }
    const { text } = outcome
    if (out === undefined) {
      io.out(text)
      return exitCodes.ok
    }
    const file = resolve(io.cwd, out)
    const present = await readFile(file, 'utf8').catch(() => undefined)
    if (present === text) {
      print.line(`${out} is up to date.`)
      return exitCodes.ok
    }
    if (args.has('check')) {
      print.error(`${out} is not up to date. Run espalier types --out ${out}.`)
      return exitCodes.issues
    }
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    print.line(`Wrote ${out}.`)
    return exitCodes.ok
  } finally {
    await source.close()
  }
}
