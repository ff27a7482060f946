import type { ReactNode } from 'react'
import { LanguageTool, ThemeTool } from '../layout/tools'
import { Mark } from '../layout/mark'
import { useSide } from '../layout/side'
import { useTitle } from '../ui/block'
import { useWords, type Key } from '../words/words'

/** Gate is the frame of the pages before the log-in. */
export function Gate({ title, about, children, foot }: { title: Key; about?: ReactNode; children: ReactNode; foot?: ReactNode }) {
  const { t } = useWords()
  const side = useSide()
  useTitle(t(title))
  return (
    <div className="gate">
      <header className="gate-top">
        <span className="brand">
          <Mark />
          <span className="brand-name">
            <strong>{t('brand.name')}</strong>
            <span>{t(side.name)}</span>
          </span>
        </span>
        <span className="actions">
          <LanguageTool />
          <ThemeTool />
        </span>
      </header>
      <main className="gate-card card">
        <h1>{t(title)}</h1>
        {about && <p className="faint">{about}</p>}
        {children}
      </main>
      {foot && <footer className="gate-foot">{foot}</footer>}
      <p className="gate-motto">{t('brand.motto')}</p>
    </div>
  )
}
