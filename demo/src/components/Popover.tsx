import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** A button that opens a small panel under it. Escape or a click elsewhere closes it. */
export function Popover(props: {
  readonly label: string
  readonly face: ComponentChildren
  readonly buttonClass: string
  readonly children: (close: () => void) => ComponentChildren
}): JSX.Element {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }

  useEffect(() => {
    if (!isOpen) return undefined
    root.current?.querySelector<HTMLElement>('.popover button, .popover input')?.focus()
    const onPointerDown = (event: Event): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) setOpen(false)
    }
    document.addEventListener('pointerdown', onPointerDown)
    return () => document.removeEventListener('pointerdown', onPointerDown)
  }, [isOpen])

  return (
    <div
      class="popover-root"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return
        event.stopPropagation()
        close()
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget) !== true)
          setOpen(false)
      }}
    >
      <button
        type="button"
        ref={button}
        class={props.buttonClass}
        aria-label={props.label}
        title={props.label}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        onClick={() => setOpen(!isOpen)}
      >
        {props.face}
      </button>
      {isOpen && (
        <div class="popover" role="dialog" aria-label={props.label}>
          {props.children(close)}
        </div>
      )}
    </div>
  )
}
