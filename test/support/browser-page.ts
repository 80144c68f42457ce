import type { Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { launchBrowser, servePage, type ServedPage, type TestBrowser } from './browser.ts'

/** A page of the tests, served, and a real browser that opens it, for the tests of one file. */
export interface BrowserPages {
  readonly browser: TestBrowser
  readonly served: ServedPage
  /** Opens the page in a tab of its own. */
  open(): Promise<Page>
}

/** Call it where hooks may be registered. `entry`: the page's script, from the root of the project. */
export function useBrowserPages(entry: string): BrowserPages {
  let parts: { readonly browser: TestBrowser; readonly served: ServedPage } | undefined
  beforeAll(async () => {
    parts = { served: await servePage({ entry }), browser: await launchBrowser() }
  })
  afterAll(async () => {
    await parts?.browser.close()
    await parts?.served.close()
  })
  const running = (): NonNullable<typeof parts> => {
    if (!parts) throw new Error('The browser runs only while tests do.')
    return parts
  }
  return {
    get browser() {
      return running().browser
    },
    get served() {
      return running().served
    },
    open: () => running().browser.newPage(running().served.url),
  }
}
