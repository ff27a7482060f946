import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Link, useLocation, useNavigate, useParams } from 'react-router'
import { Gate } from '../../shared/account/gate'
import { call } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { Loading } from '../../shared/layout/loading'
import { useSignOut } from '../../shared/session/sign_out'
import { FreshProvider } from '../../shared/session/fresh'
import { useAct } from '../../shared/session/act'
import { meKey, meQuery } from '../../shared/session/me'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { useWords } from '../../shared/words/words'

const kept = (invitation: string) => `yifen.invitation.${invitation}`

/** Component is where the link of an invitation leads. Its code stands behind # and waits here while the person logs in. */
export function Component() {
  const { t } = useWords()
  const { invitation = '' } = useParams()
  const { hash } = useLocation()
  const [code] = useState(() => {
    if (hash.length > 1) sessionStorage.setItem(kept(invitation), hash.slice(1))
    return sessionStorage.getItem(kept(invitation)) ?? ''
  })
  const { data: me, isPending } = useQuery(meQuery)
  if (isPending) return <Loading />
  const back = `?${new URLSearchParams({ to: `/invitation/${invitation}` }).toString()}`
  if (!me) {
    return (
      <Gate title="invitation.title" about={t('invitation.unknown')}>
        <div className="stack-wide">
          <Link className="button" to={`/login${back}`}>
            {t('login.title')}
          </Link>
          <Link className="button button-plain" to={`/register${back}`}>
            {t('register.title')}
          </Link>
        </div>
      </Gate>
    )
  }
  return (
    <FreshProvider>
      <Accept invitation={invitation} code={code} who={me.user.name || me.user.login} />
    </FreshProvider>
  )
}

function Accept({ invitation, code, who }: { invitation: string; code: string; who: string }) {
  const { t } = useWords()
  const client = useQueryClient()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const accept = useAct(
    (given: { invitation: string; code: string }, intent) =>
      call('post', '/v1/invitations/{id}/accept', { path: { id: given.invitation.trim() }, body: { token: given.code.trim() }, intent }),
    {
      done: () => {
        sessionStorage.removeItem(kept(invitation))
        // The session acts for the merchant from here on.
        client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] })
        void client.fetchQuery({ ...meQuery, staleTime: 0 }).then(() => navigate('/', { replace: true }))
      },
    },
  )
  return (
    <Gate
      title="invitation.title"
      about={t(code ? 'invitation.about' : 'invitation.enter', { name: who })}
      foot={
        <Button type="link" onClick={() => signOut.mutate()}>
          {t('invitation.other')}
        </Button>
      }
    >
      {accept.error && <ProblemAlert problem={asProblem(accept.error)} />}
      <Form layout="vertical" size="large" initialValues={{ invitation, code }} onFinish={(given: { invitation: string; code: string }) => accept.mutate(given)}>
        <Form.Item name="invitation" label={t('invitation.id')} rules={[{ required: true, whitespace: true }]} hidden={Boolean(code)}>
          <Input maxLength={64} autoComplete="off" />
        </Form.Item>
        <Form.Item name="code" label={t('invitation.code')} rules={[{ required: true, whitespace: true }]} hidden={Boolean(code)}>
          <Input maxLength={128} autoComplete="off" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={accept.isPending}>
          {t('invitation.accept')}
        </Button>
      </Form>
    </Gate>
  )
}
