import { Tabs } from 'antd'
import { Navigate, useNavigate, useParams } from 'react-router'
import { PageHeader } from '../ui/block'
import { useWords } from '../words/words'
import { Logins } from './logins'
import { Profile } from './profile'
import { Security } from './security'
import { Sessions } from './sessions'

const parts = ['profile', 'security', 'sessions', 'logins'] as const

/** Component is the person's own account. Its parts have addresses of their own. */
export function Component() {
  const { t } = useWords()
  const { part = 'profile' } = useParams()
  const navigate = useNavigate()
  const chosen = parts.find((known) => known === part)
  if (!chosen) return <Navigate to="/account" replace />
  const content = { profile: <Profile />, security: <Security />, sessions: <Sessions />, logins: <Logins /> }
  return (
    <>
      <PageHeader title="account.title" />
      <Tabs
        activeKey={chosen}
        onChange={(next) => void navigate(`/account/${next}`)}
        items={parts.map((key) => ({ key, label: t(`account.${key}`), children: key === chosen ? content[key] : null }))}
      />
    </>
  )
}
