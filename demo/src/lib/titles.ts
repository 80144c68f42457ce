/** The locale for the reader's language, else English, else the first. */
export function pickLocale(
  locales: readonly string[],
  languages: readonly string[] = navigator.languages,
): string | undefined {
  for (const language of [...languages, 'en']) {
    const found = [language, language.split('-')[0] ?? language].find((code) => locales.includes(code))
    if (found !== undefined) return found
  }
  return locales[0]
}

/** The title for the reader's language, or the fallback where there is none. */
export function pickTitle(
  titles: { readonly [locale: string]: string } | undefined,
  fallback: string,
): string {
  const locale = pickLocale(Object.keys(titles ?? {}))
  return (locale !== undefined && titles?.[locale]) || fallback
}
