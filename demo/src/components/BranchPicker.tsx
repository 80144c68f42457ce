import type { JSX } from 'preact'
import { switchBranch } from '../state/navigation.ts'
import { branches, openBranches, view } from '../state/workspace.ts'
import { BranchForm } from './BranchForm.tsx'
import { Icon } from './Icon.tsx'
import { Popover } from './Popover.tsx'

/** Every branch, here and on the remote, and a form for a new one. */
export function BranchPicker(): JSX.Element {
  return (
    <Popover label="Switch or create a branch" buttonClass="icon-button" face={<Icon name="expand" />}>
      {(close) => (
        <>
          <h2 class="popover-title">Branches</h2>
          <ul class="branch-list">
            {branches.value.map(({ name, oid, remoteOid, isDefault }) => {
              const notes = [
                isDefault ? 'default' : '',
                oid === null ? 'only on the remote' : remoteOid === null ? 'only here' : '',
                openBranches.value.has(name) ? 'open' : '',
              ].filter((note) => note !== '')
              const isShown = view.value?.branchName === name && view.value.commit === null
              return (
                <li key={name}>
                  <button
                    type="button"
                    class="branch-choice"
                    aria-current={isShown ? 'true' : undefined}
                    onClick={() => {
                      close()
                      void switchBranch(name)
                    }}
                  >
                    <span class="tick">{isShown && <Icon name="check" />}</span>
                    <span class="branch-choice-name">{name}</span>
                    <span class="note">{notes.join(', ')}</span>
                  </button>
                </li>
              )
            })}
          </ul>
          <BranchForm onDone={close} />
        </>
      )}
    </Popover>
  )
}
