import type { JSX } from 'preact'
import { recordLink } from '../state/navigation.ts'
import { dismiss, type Notice, notices } from '../state/notices.ts'
import { Icon, type IconName } from './Icon.tsx'

const icons: { readonly [Tone in Notice['tone']]: IconName } = {
  good: 'check',
  info: 'info',
  warning: 'warning',
  error: 'warning',
}

/** Messages in the corner. The regions exist from the start, so that screen readers hear what arrives in them. */
export function Notices(): JSX.Element {
  const urgent = notices.value.filter((notice) => notice.tone === 'error')
  const calm = notices.value.filter((notice) => notice.tone !== 'error')
  return (
    <div class="notices">
      <div role="alert">
        {urgent.map((notice) => (
          <NoticeItem key={notice.about} notice={notice} />
        ))}
      </div>
      <div role="status">
        {calm.map((notice) => (
          <NoticeItem key={notice.about} notice={notice} />
        ))}
      </div>
    </div>
  )
}

function NoticeItem({ notice }: { readonly notice: Notice }): JSX.Element {
  return (
    <div class={`notice is-${notice.tone}`}>
      <Icon name={icons[notice.tone]} />
      <div class="notice-body">
        <strong>{notice.title}</strong>
        <p>{notice.text}</p>
        {notice.records !== undefined && (
          <ul>
            {notice.records.slice(0, 10).map(({ collection, key }) => (
              <li key={`${collection}/${key}`}>
                <a href={recordLink(collection, key)}>
                  {collection} <code>{key}</code>
                </a>
              </li>
            ))}
          </ul>
        )}
        {notice.action !== undefined && (
          <button type="button" class="link-button is-flush" onClick={() => notice.action?.run()}>
            {notice.action.label}
          </button>
        )}
        {notice.code !== undefined && <code class="code">{notice.code}</code>}
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss this message"
        onClick={() => dismiss(notice.about)}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
