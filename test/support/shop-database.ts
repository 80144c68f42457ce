/** Collections for queries: items of kinds (a foreign key), one file each and a list; orders with lines below them. */
export const shopDatabase: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'items: items\nkinds: kinds\norders: orders\n',
  'items/.collection/definition.yaml':
    'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\n' +
    'columns:\n  name:\n    type: string\n  price:\n    type: int\n  kind:\n    type: string\n    foreign_key: kinds\n' +
    'columns_order: [name, price, kind]\n',
  'kinds/.collection/definition.yaml':
    'record_file:\n  name: kinds.json\n  format: json\n  type: "[]map[string]any"\n' +
    'columns:\n  $ID:\n    type: string\n  title:\n    type: string\n  rank:\n    type: int\n' +
    'columns_order: [$ID, title, rank]\n',
  'kinds/kinds.json':
    '[\n  { "$ID": "cup", "title": "Cups", "rank": 1 },\n  { "$ID": "ink", "title": "Inks", "rank": 2 },\n' +
    '  { "$ID": "pen", "title": "Pens", "rank": 3 }\n]\n',
  'orders/.collection/definition.yaml':
    'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  buyer:\n    type: string\n',
  'orders/.collection/subcollections/lines/definition.yaml':
    'record_file:\n  name: lines.json\n  format: json\n  type: "[]map[string]any"\n' +
    'columns:\n  $ID:\n    type: string\n  item:\n    type: string\n    foreign_key: items\n  count:\n    type: int\n' +
    'columns_order: [$ID, item, count]\n',
  'orders/$records/o1.yaml': 'buyer: ada\n',
  'orders/$records/o2.yaml': 'buyer: grace\n',
  'orders/$records/o1/lines/lines.json':
    '[\n  { "$ID": "l1", "item": "i00", "count": 1 },\n  { "$ID": "l2", "item": "i01", "count": 2 }\n]\n',
  'orders/$records/o2/lines/lines.json': '[\n  { "$ID": "l1", "item": "i00", "count": 3 }\n]\n',
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [
      `items/$records/i${String(n).padStart(2, '0')}.yaml`,
      `name: Item ${n}\nprice: ${(n * 7) % 40}\nkind: ${['cup', 'ink', 'pen'][n % 3]}\n`,
    ]),
  ),
}
