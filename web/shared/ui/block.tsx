import { InboxOutlined } from './icon'
import { useEffect, type ReactNode } from 'react'
import { useWords, type Key } from '../words/words'

/** PageHeader opens a page: its name, what it is for, what can be done. It names the window too. */
export function PageHeader({ title, about, actions }: { title: Key; about?: Key; actions?: ReactNode }) {
  const { t } = useWords()
  useTitle(t(title))
  return (
    <header className="page-header">
      <div>
        <h1>{t(title)}</h1>
        {about && <p>{t(about)}</p>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  )
}

/** useTitle names the window. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · yifen`
  }, [title])
}

/** EmptyState says that there is nothing, and what to do about it. */
export function EmptyState({ title, children }: { title: Key; children?: ReactNode }) {
  const { t } = useWords()
  return (
    <div className="empty">
      <InboxOutlined aria-hidden />
      <p>{t(title)}</p>
      {children}
    </div>
  )
}

/** Card groups what belongs together under a heading. */
export function Card({ title, extra, children }: { title?: ReactNode; extra?: ReactNode; children: ReactNode }) {
  return (
    <section className="card">
      {title && (
        <div className="card-head">
          <h2>{title}</h2>
          {extra}
        </div>
      )}
      <div className="card-body">{children}</div>
    </section>
  )
}

/** Facts lists names and values. */
export function Facts({ items }: { items: [Key, ReactNode][] }) {
  const { t } = useWords()
  return (
    <dl className="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Figure is one number of a dashboard. */
export function Figure({ name, value, note, to }: { name: ReactNode; value: ReactNode; note?: ReactNode; to?: ReactNode }) {
  return (
    <section className="card figure">
      <h2>{name}</h2>
      <p className="figure-value">{value}</p>
      <p className="figure-note">{note}</p>
      {to}
    </section>
  )
}
