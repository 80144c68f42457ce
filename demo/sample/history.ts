import type { Files } from './collection.ts'
import { stageFiles } from './files.ts'
import { allLocales, emptyStage, type Stage } from './stage.ts'

/** One commit of the sample: its branch and what it changes of the stage before. */
export interface SampleCommit {
  readonly branch: 'main' | 'draft'
  /** UTC; author and committer are the same. */
  readonly date: string
  readonly author: string
  readonly message: string
  readonly files: Files
}

const ada = 'Ada Archer <ada@example.com>'
const ben = 'Ben Bower <ben@example.com>'

interface Step {
  readonly date: string
  readonly author: string
  readonly message: string
  readonly change: (stage: Stage) => Partial<Stage>
}

const adds =
  (...names: Stage['collections']) =>
  (stage: Stage): Partial<Stage> => ({ collections: [...stage.collections, ...names] })

const movesTo =
  (...alpha2: readonly string[]) =>
  ({ formerMoney }: Stage): Partial<Stage> => ({
    formerMoney: Object.fromEntries(Object.entries(formerMoney).filter(([key]) => !alpha2.includes(key))),
  })

const main: readonly Step[] = [
  step('2022-01-10T09:12:00Z', ada, 'Start with the continents', adds('continents')),
  step('2022-01-11T14:40:00Z', ada, 'Add scripts and languages', adds('scripts', 'languages')),
  step('2022-01-17T10:05:00Z', ben, 'Add currencies and countries', adds('currencies', 'countries')),
  step('2022-02-02T16:31:00Z', ben, 'Translate country names into German, Spanish and French', () => ({
    countryLocales: ['de', 'en', 'es', 'fr'],
  })),
  step('2022-03-21T08:55:00Z', ada, 'Add Arabic and Japanese country names', () => ({
    countryLocales: allLocales,
  })),
  step('2022-07-01T07:30:00Z', ben, 'Sierra Leone: the new leone (SLE) replaces the old one', movesTo('SL')),
  step('2022-09-14T11:20:00Z', ada, 'Add calling codes', () => ({ callingCodes: true })),
  step('2023-01-01T10:00:00Z', ben, 'Croatia: the euro replaces the kuna', movesTo('HR')),
  step('2023-05-08T13:45:00Z', ada, 'Add units of measurement', adds('units')),
  step('2024-04-08T09:00:00Z', ben, 'Zimbabwe: ZiG (ZWG) replaces the dollar', movesTo('ZW')),
  step('2025-03-31T09:15:00Z', ben, 'Curaçao and Sint Maarten: the Caribbean guilder', movesTo('CW', 'SX')),
  step('2025-06-16T15:10:00Z', ada, 'Add time zones', adds('timeZones')),
  step('2025-10-06T08:20:00Z', ada, 'Give codes their exact lengths', () => ({ strictCodes: true })),
  step('2026-01-01T10:00:00Z', ben, 'Bulgaria: the euro replaces the lev', movesTo('BG')),
  step('2026-01-19T12:00:00Z', ada, 'Türkiye: use the name that CLDR gives in English', () => ({
    namedOtherwise: {},
  })),
]

/** The draft leaves main before Bulgaria's euro: one record changes on both sides, one field collides. */
const draftBase = 12

const draft: readonly Step[] = [
  step('2025-11-03T09:40:00Z', ben, 'Translate the names of European countries into Italian', () => ({
    italian: true,
  })),
  step('2025-11-17T17:25:00Z', ben, 'Say with which weekday calendars begin', () => ({ weekdays: true })),
  step('2025-12-02T10:10:00Z', ben, 'Türkiye: use its long name in English', () => ({
    namedOtherwise: { TR: { en: 'Republic of Türkiye' } },
  })),
]

/** All commits, oldest first per branch, main before draft; draft's first parent is `draftParent`. */
export function sampleHistory(): { readonly commits: readonly SampleCommit[]; readonly draftParent: number } {
  const mainStages = stagesOf(emptyStage, main)
  const base = mainStages[draftBase] ?? emptyStage
  const commits = [
    ...main.map((one, index) => commitOf('main', one, mainStages[index] ?? emptyStage)),
    ...stagesOf(base, draft).map((stage, index) => commitOf('draft', draft[index] as Step, stage)),
  ]
  return { commits, draftParent: draftBase }
}

function step(date: string, author: string, message: string, change: Step['change']): Step {
  return { date, author, message, change }
}

function stagesOf(start: Stage, steps: readonly Step[]): Stage[] {
  let stage = start
  return steps.map(({ change }) => (stage = { ...stage, ...change(stage) }))
}

function commitOf(
  branch: SampleCommit['branch'],
  { date, author, message }: Step,
  stage: Stage,
): SampleCommit {
  return { branch, date, author, message: `${message}\n`, files: stageFiles(stage) }
}
