// npm run bench -- [--quick] [--only clone,commit,…] [--peers espalier,Dexie,…] [--sizes 10k,yaml-10k,…]
// npm run bench -- --again clone,commit,… [--sizes …]: measures these sections in place of their figures in the last full run.
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { freshProfile } from './chromium.ts'
import { databaseTables } from './database-report.ts'
import { type BenchContext, createContext } from './context.ts'
import { launchBrowser } from '../test/support/browser.ts'
import {
  barsTable,
  describeSetting,
  figuresTable,
  measuredAgain,
  resultsJson,
  resultsMarkdown,
} from './report.ts'
import { cloneSection } from './sections/clone.ts'
import { commitSection } from './sections/commit.ts'
import { databaseSection } from './sections/database.ts'
import { formatSection } from './sections/format.ts'
import { indexPackSection } from './sections/index-pack.ts'
import { memorySection } from './sections/memory.ts'
import { pushSection } from './sections/push.ts'
import { sizeSection } from './sections/size.ts'
import { versionsSection } from './sections/versions.ts'

const sections: Readonly<Record<string, (context: BenchContext) => Promise<void>>> = {
  size: sizeSection,
  'index-pack': indexPackSection,
  clone: cloneSection,
  commit: commitSection,
  push: pushSection,
  memory: memorySection,
  format: formatSection,
  database: databaseSection,
  versions: versionsSection,
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    peers: { type: 'string' },
    sizes: { type: 'string' },
    again: { type: 'string' },
  },
})
const isAgain = values.again !== undefined
if (isAgain && (values.quick || values.only !== undefined || values.peers !== undefined)) {
  console.error('--again goes only with --sizes: its figures stand beside those of a full run')
  process.exit(1)
}
const isPartial =
  !isAgain && (values.quick || [values.only, values.peers, values.sizes].some((value) => value !== undefined))
const wanted = (values.again ?? values.only)?.split(',') ?? Object.keys(sections)
for (const name of wanted) {
  if (!Object.hasOwn(sections, name)) {
    console.error(`There is no section ${name}. Sections: ${Object.keys(sections).join(', ')}`)
    process.exit(1)
  }
}

// An interrupted run still ends its browsers: they hang on the exit event.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const started = Date.now()
const log = (line: string): void => console.log(line)
const context = await createContext({
  quick: values.quick,
  log,
  ...(values.peers === undefined ? {} : { peers: values.peers.split(',') }),
  ...(values.sizes === undefined ? {} : { sizes: values.sizes.split(',') }),
})
try {
  for (const name of wanted) {
    log(`\n${name} (${minutes().toFixed(1)} min)`)
    await sections[name]?.(context)
  }
  const mode = [
    values.quick ? '--quick' : '',
    values.only === undefined ? '' : `--only ${values.only}`,
    values.again ?? '',
    values.sizes === undefined ? '' : `--sizes ${values.sizes}`,
  ]
  const now = {
    recorder: context.recorder,
    setting: await describeSetting(mode.join(' ').trim() || 'full', minutes(), await browserVersion()),
  }
  const { recorder, setting } = isAgain
    ? measuredAgain(await readFile(resultsFile('results.json'), 'utf8'), now)
    : now
  // A partial run must not replace the published figures.
  const suffix = isPartial ? '.partial' : ''
  await writeFile(resultsFile(`RESULTS${suffix}.md`), resultsMarkdown(recorder, setting))
  await writeFile(resultsFile(`results${suffix}.json`), resultsJson(recorder, setting))
  log(
    `\n${figuresTable(context.recorder)}\n\n${databaseTables(context.recorder).join('\n')}\n${barsTable(context.recorder, !isPartial && !isAgain)}\n`,
  )
  log(`Written: bench/RESULTS${suffix}.md, bench/results${suffix}.json (${minutes().toFixed(1)} minutes)`)
} finally {
  await context.close()
}

function resultsFile(name: string): string {
  return resolve(import.meta.dirname, name)
}

function minutes(): number {
  return (Date.now() - started) / 60_000
}

async function browserVersion(): Promise<string> {
  const profile = await freshProfile()
  const { browser, kill } = await launchBrowser({ profileDir: profile.path })
  const version = browser.version()
  await kill()
  await profile.remove()
  return version
}
