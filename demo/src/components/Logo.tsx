import type { JSX } from 'preact'

/** A tree trained flat: a trunk, two tiers of arms, leaves at their ends. */
export function Logo({ size = 28 }: { readonly size?: number }): JSX.Element {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">
        <path d="M16 29V6" />
        <path d="M16 26c0-3-2-4-5-4H4M16 26c0-3 2-4 5-4h7" />
        <path d="M16 18c0-3-2-4-5-4H6M16 18c0-3 2-4 5-4h5" />
      </g>
      <g fill="currentColor">
        <path d="M16 6c-3 0-4.500-1.500-4.500-4C14.500 2 16 3.500 16 6ZM16 6c3 0 4.500-1.500 4.500-4C17.500 2 16 3.500 16 6Z" />
        <path d="M6 14c0-2.500 1.500-4 4-4 0 2.500-1.500 4-4 4ZM26 14c0-2.500-1.500-4-4-4 0 2.500 1.500 4 4 4Z" />
        <path d="M4 22c0-2.500 1.500-4 4-4 0 2.500-1.500 4-4 4ZM28 22c0-2.500-1.500-4-4-4 0 2.500 1.500 4 4 4Z" />
      </g>
    </svg>
  )
}
