import type { JSX } from 'preact'

const paths = {
  branch:
    'M5 3v10M5 13a1.500 1.500 0 1 0 0 .01M5 3a1.500 1.500 0 1 0 0-.01M11.500 5a1.500 1.500 0 1 0 0-.01M11.500 5c0 3.500-6.500 2.500-6.500 6',
  push: 'M8 13V3M4 7l4-4 4 4',
  pull: 'M8 3v10M4 9l4 4 4-4',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500l3.500 3.500L13 4.500',
  cloud: 'M4.500 12.500a3 3 0 0 1 .2-6 4 4 0 0 1 7.600 1.200 2.500 2.500 0 0 1-.3 4.800z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.500V8l2.500 1.500',
  plus: 'M8 3v10M3 8h10',
  trash: 'M2.500 4.500h11M6 4.500V3h4v1.500M4 4.500l.7 9h6.600l.7-9M6.700 7v4M9.300 7v4',
  download: 'M8 2.500v7M5 7l3 3 3-3M3 13h10',
  edit: 'M3 13l.8-3L10.500 3.300a1.200 1.200 0 0 1 1.700 0l.5.5a1.200 1.200 0 0 1 0 1.700L6 12.200z',
  table: 'M2.500 3.500h11v9h-11zM2.500 6.500h11M6.500 6.500v6',
  list: 'M3 4h.01M6 4h7M3 8h.01M6 8h7M3 12h.01M6 12h7',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM10.500 10.500l3 3',
  lock: 'M4 7.500h8v6H4zM5.500 7.500V5.500a2.500 2.500 0 0 1 5 0v2',
  back: 'M7 3.500L3 8l4 4.500M3 8h10',
  warning: 'M8 2.500l6 10.500H2zM8 6.500v3M8 11.200v.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.500v3.500M8 5v.01',
  offline:
    'M2.500 2.500l11 11M5 6.500a3 3 0 0 0-.5 6h6.500M8 4.500a4 4 0 0 1 4.300 3.200 2.500 2.500 0 0 1 1.200 3.800',
  expand: 'M5.500 6.500L8 9l2.500-2.500',
  peek: 'M9.500 3H13v3.500M13 3L8.500 7.500M6.500 13H3V9.500M3 13l4.500-4.500',
  undo: 'M6 3.500L3 6.500l3 3M3 6.500h6.500a3 3 0 0 1 0 6H6',
  left: 'M9.500 3.500L5.500 8l4 4.500',
  right: 'M6.500 3.500l4 4.500-4 4.500',
} as const

/** The names of the icons. */
export type IconName = keyof typeof paths

/** A line icon beside a text that says the same. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.500"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}
