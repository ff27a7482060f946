import { Button } from 'antd'
import type { ReactNode } from 'react'
import { Link, useRouteError } from 'react-router'
import { asProblem } from '../api/problem'
import { useTitle } from '../ui/block'
import { useWords, type Key } from '../words/words'

function Message({ title, about, children }: { title: Key; about: Key; children?: ReactNode }) {
  const { t } = useWords()
  useTitle(t(title))
  return (
    <div className="message">
      <h1>{t(title)}</h1>
      <p>{t(about)}</p>
      {children}
    </div>
  )
}

/** Failure stands in for a page that broke. A part that cannot be loaded means that a newer version was put in place. */
export function Failure() {
  const { t } = useWords()
  const thrown = useRouteError()
  const { message } = asProblem(thrown)
  const stale = /dynamically imported module|Importing a module script/.test(message)
  return (
    <Message title={stale ? 'failure.stale' : 'failure.title'} about={stale ? 'failure.stale_about' : 'failure.about'}>
      {!stale && message && <code className="id">{message}</code>}
      <Button type="primary" onClick={() => location.reload()}>
        {t('failure.reload')}
      </Button>
    </Message>
  )
}

export function NotFound() {
  const { t } = useWords()
  return (
    <Message title="failure.not_found" about="failure.not_found_about">
      <Link to="/">{t('failure.home')}</Link>
    </Message>
  )
}

export function Forbidden() {
  const { t } = useWords()
  return (
    <Message title="failure.forbidden" about="failure.forbidden_about">
      <Link to="/">{t('failure.home')}</Link>
    </Message>
  )
}

/** NoMerchant tells a person who acts for no merchant how to get there. */
export function NoMerchant({ some }: { some: boolean }) {
  const { t } = useWords()
  return (
    <Message
      title={some ? 'merchant.choose' : 'failure.no_merchant'}
      about={some ? 'failure.choose_about' : 'failure.no_merchant_about'}
    >
      {!some && (
        <div className="actions">
          <Link to="/apply/new" className="button">
            {t('apply.title')}
          </Link>
          <Link to="/invitation" className="button button-plain">
            {t('invitation.title')}
          </Link>
        </div>
      )}
    </Message>
  )
}
