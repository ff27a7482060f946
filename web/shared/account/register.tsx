import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { call } from '../api/client'
import { asProblem } from '../api/problem'
import { meQuery } from '../session/me'
import { useMark } from '../ui/form'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'
import { CodeField } from './code_field'
import { Gate } from './gate'
import { inside } from './inside'
import { NewPassword } from './new_password'

interface Account {
  login: string
  name: string
  password: string
}

/** Component opens an account for a person of a merchant: who they are, then the code that was sent to them. */
export function Component() {
  const { t, lang } = useWords()
  const navigate = useNavigate()
  const [address] = useSearchParams()
  const client = useQueryClient()
  const [asked, setAsked] = useState<Account>()
  const [form] = Form.useForm<Account>()
  const mark = useMark(form)
  const ask = useMutation({
    mutationFn: (account: Account) => call('post', '/v1/auth/register', { body: { ...account, lang, realm: 'merchant' } }),
    onSuccess: (_, account) => setAsked(account),
    onError: mark,
  })
  const verify = useMutation({
    mutationFn: ({ code }: { code: string }) => call('post', '/v1/auth/verify', { body: { login: asked!.login, code } }),
    onSuccess: async (answer) => {
      if (answer?.state !== 'done') return void navigate({ pathname: '/login', search: address.toString() })
      await client.fetchQuery({ ...meQuery, staleTime: 0 })
      await navigate(inside(address.get('to')))
    },
  })
  const problem = asked ? verify.error : ask.error
  return (
    <Gate
      title="register.title"
      about={asked ? t('code.sent', { to: asked.login }) : t('register.about')}
      foot={
        <>
          {t('register.have')} <Link to={{ pathname: '/login', search: address.toString() }}>{t('login.title')}</Link>
        </>
      }
    >
      {problem != null && <ProblemAlert problem={asProblem(problem)} />}
      {asked ? (
        <Form layout="vertical" size="large" onFinish={(given: { code: string }) => verify.mutate(given)}>
          <CodeField again={() => ask.mutateAsync(asked)} />
          <Button type="primary" htmlType="submit" block loading={verify.isPending}>
            {t('register.open')}
          </Button>
        </Form>
      ) : (
        <Form form={form} layout="vertical" size="large" onFinish={(given) => ask.mutate({ ...given, login: given.login.trim() })}>
          <Form.Item name="login" label={t('account.login')} rules={[{ required: true, whitespace: true }]}>
            <Input autoComplete="username" autoFocus />
          </Form.Item>
          <Form.Item name="name" label={t('account.name')} rules={[{ required: true, whitespace: true }]}>
            <Input autoComplete="name" maxLength={64} />
          </Form.Item>
          <NewPassword min={8} />
          <Button type="primary" htmlType="submit" block loading={ask.isPending}>
            {t('code.send')}
          </Button>
        </Form>
      )}
    </Gate>
  )
}
