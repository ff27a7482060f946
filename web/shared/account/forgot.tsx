import { useMutation } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { call } from '../api/client'
import { asProblem } from '../api/problem'
import { useMark } from '../ui/form'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'
import { CodeField } from './code_field'
import { Gate } from './gate'
import { NewPassword } from './new_password'

/** Component sets a new password by a code. The API answers the same whether or not an account has the name. */
export function Component() {
  const { t, lang } = useWords()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const [login, setLogin] = useState<string>()
  const [form] = Form.useForm<{ code: string; password: string }>()
  const mark = useMark(form)
  const ask = useMutation({
    mutationFn: (name: string) => call('post', '/v1/auth/password/forgot', { body: { login: name, lang } }),
    onSuccess: (_, name) => setLogin(name),
  })
  const reset = useMutation({
    mutationFn: (given: { code: string; password: string }) =>
      call('post', '/v1/auth/password/reset', { body: { login: login!, code: given.code.trim(), password: given.password } }),
    onSuccess: () => {
      void message.success(t('forgot.done'))
      return navigate('/login')
    },
    onError: mark,
  })
  const problem = reset.error ?? ask.error
  return (
    <Gate
      title="forgot.title"
      about={login ? t('forgot.sent', { to: login }) : t('forgot.about')}
      foot={<Link to="/login">{t('forgot.back')}</Link>}
    >
      {problem && <ProblemAlert problem={asProblem(problem)} />}
      {login ? (
        <Form form={form} layout="vertical" size="large" onFinish={(given) => reset.mutate(given)}>
          <CodeField again={() => ask.mutateAsync(login)} />
          <NewPassword min={8} />
          <Button type="primary" htmlType="submit" block loading={reset.isPending}>
            {t('forgot.set')}
          </Button>
        </Form>
      ) : (
        <Form layout="vertical" size="large" onFinish={(given: { login: string }) => ask.mutate(given.login.trim())}>
          <Form.Item name="login" label={t('account.login')} rules={[{ required: true, whitespace: true }]}>
            <Input autoComplete="username" autoFocus />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={ask.isPending}>
            {t('code.send')}
          </Button>
        </Form>
      )}
    </Gate>
  )
}
