/** ISO 639 codes: the two-letter codes (Tagalog stands under Filipino, as in CLDR), and the three-letter ones that the countries name. */
export const languageCodes: readonly string[] = (
  'aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el ' +
  'en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ' +
  'ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na ' +
  'nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so ' +
  'sq sr ss st su sv sw ta te tg th ti tk tn to tr ts tt ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ' +
  'fil pap tet tpi zgh'
).split(' ')

/** ISO 639-3 names these as constructed. */
export const constructedLanguages: ReadonlySet<string> = new Set(['eo', 'ia', 'ie', 'io', 'vo'])

/** How a script writes sounds or words. Scripts whose class is disputed, or mixed (Japanese), are left out. */
export const scriptKinds: Readonly<Record<string, string>> = {
  Arab: 'abjad',
  Armn: 'alphabet',
  Beng: 'abugida',
  Cyrl: 'alphabet',
  Deva: 'abugida',
  Ethi: 'abugida',
  Geor: 'alphabet',
  Grek: 'alphabet',
  Gujr: 'abugida',
  Guru: 'abugida',
  Hans: 'logographic',
  Hant: 'logographic',
  Hebr: 'abjad',
  Khmr: 'abugida',
  Knda: 'abugida',
  Laoo: 'abugida',
  Latn: 'alphabet',
  Mlym: 'abugida',
  Mymr: 'abugida',
  Orya: 'abugida',
  Sinh: 'abugida',
  Taml: 'abugida',
  Telu: 'abugida',
  Tfng: 'alphabet',
  Thai: 'abugida',
  Tibt: 'abugida',
  Yiii: 'syllabary',
}

/** Scripts that no listed language uses by default, but that everybody meets. */
export const moreScripts: readonly string[] = ['Brai', 'Hant', 'Hira', 'Kana', 'Mong', 'Zmth', 'Zsym']
