import { KeyOutlined } from '../ui/icon'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input, Segmented } from 'antd'
import { useState } from 'react'
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router'
import { call, type Answer } from '../api/client'
import { asProblem, Problem } from '../api/problem'
import { Loading } from '../layout/loading'
import { useSide } from '../layout/side'
import { meQuery } from '../session/me'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'
import { Gate } from './gate'
import { passkeysWork, showPasskey } from './passkey'
import { inside } from './inside'

type State = Answer<'/v1/auth/login', 'post'>
type Factor = 'totp' | 'passkey' | 'recovery'

/** Component is the log-in page: name and password, then a second factor where the account has one. */
export function Component() {
  const { t } = useWords()
  const { registers } = useSide()
  const [address] = useSearchParams()
  const navigate = useNavigate()
  const client = useQueryClient()
  const { data: me, isPending } = useQuery(meQuery)
  const [factors, setFactors] = useState<Factor[]>()

  const advance = async ({ state, factors: offered }: State) => {
    if (state === 'second_factor') setFactors((offered ?? ['totp', 'recovery']) as Factor[])
    else if (state === 'enroll') void navigate({ pathname: '/enroll', search: address.toString() })
    else await client.fetchQuery({ ...meQuery, staleTime: 0 })
  }
  if (isPending) return <Loading />
  if (me) return <Navigate to={inside(address.get('to'))} replace />
  return (
    <Gate
      title={factors ? 'login.second' : 'login.title'}
      about={factors ? t('login.second_about') : address.get('to') ? t('login.again') : undefined}
      foot={
        !factors &&
        registers && (
          <>
            {t('login.no_account')} <Link to={{ pathname: '/register', search: address.toString() }}>{t('register.title')}</Link>
          </>
        )
      }
    >
      {factors ? (
        <Second factors={factors} advance={advance} back={() => setFactors(undefined)} />
      ) : (
        <Password advance={advance} />
      )}
    </Gate>
  )
}

function Password({ advance }: { advance: (state: State) => Promise<void> }) {
  const { t } = useWords()
  const [form] = Form.useForm<{ login: string; password: string }>()
  const enter = useMutation({
    mutationFn: async (given: { login: string; password: string }) =>
      advance(await call('post', '/v1/auth/login', { body: { ...given, login: given.login.trim() } })),
    onError: () => form.resetFields(['password']),
  })
  return (
    <>
      {enter.error && <ProblemAlert problem={asProblem(enter.error)} />}
      <Form form={form} layout="vertical" size="large" onFinish={(given) => enter.mutate(given)}>
        <Form.Item name="login" label={t('account.login')} rules={[{ required: true, whitespace: true }]}>
          <Input autoComplete="username" autoFocus />
        </Form.Item>
        <Form.Item name="password" label={t('account.password')} rules={[{ required: true }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={enter.isPending}>
          {t('login.enter')}
        </Button>
      </Form>
      <p className="gate-more">
        <Link to="/forgot">{t('forgot.title')}</Link>
      </p>
    </>
  )
}

interface SecondProps {
  factors: Factor[]
  advance: (state: State) => Promise<void>
  back: () => void
}

function Second({ factors, advance, back }: SecondProps) {
  const { t } = useWords()
  const usable = factors.filter((factor) => factor !== 'passkey' || passkeysWork())
  const [kind, setKind] = useState<Factor>(usable[0] ?? 'totp')
  const [form] = Form.useForm<{ code: string }>()
  const prove = useMutation({
    mutationFn: async (code: string) => {
      if (kind !== 'passkey') return advance(await call('post', '/v1/auth/second-factor', { body: { kind, code: code.trim() } }))
      const options = await call('post', '/v1/auth/passkey/begin')
      const shown = await showPasskey(options).catch(() => {
        throw new Problem(0, 'passkey_canceled', '', '')
      })
      return advance(await call('post', '/v1/auth/passkey/finish', { body: shown }))
    },
    onError: () => form.resetFields(),
  })
  return (
    <>
      {prove.error && <ProblemAlert problem={asProblem(prove.error)} />}
      {usable.length > 1 && (
        <Segmented
          block
          className="gap-bottom"
          aria-label={t('login.second')}
          value={kind}
          onChange={(next) => {
            setKind(next)
            form.resetFields()
            prove.reset()
          }}
          options={usable.map((factor) => ({ value: factor, label: t(`factor.${factor}`) }))}
        />
      )}
      <Form form={form} layout="vertical" size="large" onFinish={({ code }) => prove.mutate(code ?? '')}>
        {kind === 'totp' && (
          <Form.Item name="code" label={t('factor.code')} rules={[{ required: true }]}>
            <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus />
          </Form.Item>
        )}
        {kind === 'recovery' && (
          <Form.Item name="code" label={t('factor.recovery_code')} rules={[{ required: true }]}>
            <Input autoComplete="off" autoFocus />
          </Form.Item>
        )}
        <Button
          type="primary"
          htmlType="submit"
          block
          loading={prove.isPending}
          icon={kind === 'passkey' ? <KeyOutlined /> : undefined}
        >
          {kind === 'passkey' ? t('login.use_passkey') : t('common.continue')}
        </Button>
      </Form>
      <p className="gate-more">
        <Button type="link" onClick={back}>
          {t('login.other')}
        </Button>
      </p>
    </>
  )
}
