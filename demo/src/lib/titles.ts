/** The title for the reader's language, else English, else any, else the fallback. */
export function pickTitle(
  titles: { readonly [locale: string]: string } | undefined,
  fallback: string,
  languages: readonly string[] = navigator.languages,
): string {
  if (titles === undefined) return fallback
  for (const language of [...languages, 'en']) {
    for (const code of [language, language.split('-')[0] ?? language]) {
      if (Object.hasOwn(titles, code) && titles[code]) return titles[code]
    }
  }
  return Object.values(titles)[0] ?? fallback
}
