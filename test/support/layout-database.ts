/** A definition file in few words. */
export function definition(
  name: string,
  format: string,
  type: 'single' | 'list' | 'dictionary',
  columns: readonly string[],
  more = '',
): string {
  const types = {
    single: 'map[string]any',
    list: '[]map[string]any',
    dictionary: 'map[$record_id]map[$field_name]any',
  }
  return (
    `record_file:\n  name: "${name}"\n  format: ${format}\n  type: "${types[type]}"\n` +
    `columns:\n${columns.map((column) => `  ${column}:\n    type: any\n`).join('')}` +
    `columns_order: [${columns.join(', ')}]\n${more}`
  )
}

/** A database with a collection of every layout, besides the usual one. */
export const layoutDatabase: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml':
    'cities: cities\norders: orders\nprices: prices\nsettings: settings\nstatuses: statuses\ntags: tags\nlog: log\n',
  'cities/.collection/definition.yaml': definition('cities.csv', 'csv', 'list', ['id', 'name', 'note']),
  'cities/cities.csv': 'id,name,note\ncork,Cork,rebel\ndublin,Dublin,"the ""capital"""\ngalway,Galway,\n',
  'prices/.collection/definition.yaml': definition('prices.json', 'json', 'list', ['id', 'amount', 'unit']),
  'prices/prices.json':
    '[\n  { "id": "a", "amount": 130.0, "unit": "kg" },\n  { "id": "b", "amount": 2 }\n]\n',
  'statuses/.collection/definition.yaml': definition('statuses.yaml', 'yaml', 'dictionary', [
    'title',
    'rank',
  ]),
  'statuses/statuses.yaml':
    '# shown in this order\nnew:\n  title: "New" # first\n  rank: 1\ndone:\n  title: Done\n  rank: 2\n',
  'tags/.collection/definition.yaml': definition('tags.ingr', 'ingr', 'list', ['$ID', 'color']),
  'tags/tags.ingr': '# INGR.io | tags: $ID, color\n"blue"\n"#00f"\n"red"\n"#f00"\n# 2 records\n',
  'log/.collection/definition.yaml': definition('log.jsonl', 'jsonl', 'list', ['id', 'text']),
  'log/log.jsonl': '{"id":"1","text":"one"}\n\n{"id":"2","text":"two"}\n',
  'settings/.collection/definition.yaml': definition('app.yaml', 'yaml', 'single', ['theme', 'size']),
  'settings/app.yaml': 'theme: dark # for now\nsize: 12\n',
  'orders/.collection/definition.yaml': definition('{key}.yaml', 'yaml', 'single', ['customer']),
  'orders/.collection/subcollections/lines/definition.yaml': definition('lines.json', 'json', 'list', [
    '$ID',
    'product',
    'count',
  ]),
  'orders/.collection/subcollections/notes/definition.yaml': definition('{key}.yaml', 'yaml', 'single', [
    'text',
  ]),
  'orders/.collection/subcollections/notes/subcollections/replies/definition.yaml': definition(
    'replies.yaml',
    'yaml',
    'dictionary',
    ['text'],
  ),
  'orders/.collection/subcollections/address/definition.yaml': definition('address.json', 'json', 'single', [
    'city',
  ]),
  'orders/$records/o1.yaml': 'customer: ada\n',
  'orders/$records/o2.yaml': 'customer: grace\n',
  'orders/$records/a%2Fb.yaml': 'customer: alan\n',
  'orders/$records/o1/lines/lines.json':
    '[\n  { "$ID": "l1", "product": "pen", "count": 1 },\n  { "$ID": "l2", "product": "ink", "count": 2 }\n]\n',
  // The older layout, without `$records`.
  'orders/o2/lines/lines.json': '[\n  { "$ID": "l1", "product": "cup", "count": 3 }\n]\n',
  'orders/$records/o1/notes/$records/n1.yaml': 'text: first # note\n',
  'orders/o2/notes/$records/n1.yaml': 'text: elsewhere\n',
  'orders/$records/a%2Fb/notes/$records/n1.yaml': 'text: escaped\n',
  'orders/$records/o1/notes/$records/n1/replies/replies.yaml': 'r1:\n    text: yes\n',
  'orders/$records/o1/address/address.json': '{\n  "city": "Cork"\n}\n',
}
