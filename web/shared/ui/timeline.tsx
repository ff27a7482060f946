import type { ReactNode } from 'react'
import type { ToneName } from './status'
import { Time } from './value'

export interface Moment {
  id: string
  at?: string | null
  title: ReactNode
  who?: ReactNode
  note?: ReactNode
  tone?: ToneName
}

/** Timeline tells what happened, in the order given. */
export function Timeline({ moments }: { moments: Moment[] }) {
  return (
    <ol className="timeline">
      {moments.map(({ id, at, title, who, note, tone = 'plain' }) => (
        <li key={id} className={`moment moment-${tone}`}>
          <div className="moment-title">{title}</div>
          <div className="faint">
            {at && <Time at={at} />} {who}
          </div>
          {note && <div className="moment-note">{note}</div>}
        </li>
      ))}
    </ol>
  )
}
