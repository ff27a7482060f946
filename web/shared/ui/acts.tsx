import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import { useAct } from '../session/act'
import type { Key } from '../words/words'
import { useWords } from '../words/words'
import { Confirm } from './confirm'

/** Deed is one thing that may be done with what is shown. */
export interface Deed {
  title: Key
  about?: Key
  danger?: boolean
  primary?: boolean
  reason?: 'required' | 'optional'
  run: (reason: string, intent: string) => Promise<unknown>
  /** more to be asked, whose answers run knows */
  fields?: ReactNode
}

interface Props {
  deeds: (Deed | false | undefined)[]
  /** addresses of the API whose answers the deeds change */
  refresh: string[]
  done?: () => void
}

/** Acts offers what may be done, and asks before each. */
export function Acts({ deeds, refresh, done }: Props) {
  const { t } = useWords()
  const [open, setOpen] = useState<Key>()
  const offered = deeds.filter((deed) => deed !== false && deed !== undefined)
  if (offered.length === 0) return null
  return (
    <div className="actions detail-actions">
      {offered.map(({ title, danger, primary }) => (
        <Button key={title} danger={danger} type={primary ? 'primary' : 'default'} onClick={() => setOpen(title)}>
          {t(title)}
        </Button>
      ))}
      {offered.map((deed) => (
        <One key={deed.title} deed={deed} open={open === deed.title} refresh={refresh} done={done} close={() => setOpen(undefined)} />
      ))}
    </div>
  )
}

interface OneProps {
  deed: Deed
  open: boolean
  refresh: string[]
  done?: () => void
  close: () => void
}

function One({ deed, open, refresh, done, close }: OneProps) {
  const { t } = useWords()
  const act = useAct((reason: string, intent) => deed.run(reason, intent), { refresh, done })
  return (
    <Confirm open={open} title={deed.title} verb={deed.title} danger={deed.danger} reason={deed.reason} act={act} close={close}>
      {deed.about && <p>{t(deed.about)}</p>}
      {deed.fields}
    </Confirm>
  )
}
