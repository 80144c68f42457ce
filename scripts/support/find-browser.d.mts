/** The path of a Chromium-family browser: `CHROME_PATH`, then PATH and the usual places; null when there is none. */
export declare function findBrowser(env?: NodeJS.ProcessEnv, platform?: NodeJS.Platform): string | null
