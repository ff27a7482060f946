import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { call } from '../api/client'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { meKey } from '../session/me'
import { Card } from '../ui/block'
import { useMark } from '../ui/form'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'
import { CodeField } from './code_field'

/** LoginName takes another telephone number or e-mail address to log in with, proved by a code that is sent there. */
export function LoginName() {
  const { t } = useWords()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [asked, setAsked] = useState<string>()
  const [form] = Form.useForm<{ login: string }>()
  const mark = useMark(form)
  const begin = useAct((login: string, intent) => call('post', '/v1/me/login-name/begin', { body: { login }, intent }))
  const confirm = useAct((code: string, intent) => call('post', '/v1/me/login-name/confirm', { body: { code: code.trim() }, intent }), {
    done: () => {
      void client.invalidateQueries({ queryKey: meKey })
      void message.success(t('name.changed', { to: asked ?? '' }))
      setAsked(undefined)
    },
  })
  const ask = (login: string) => begin.mutateAsync(login).then(() => setAsked(login))
  const problem = asked ? confirm.error : begin.error
  return (
    <Card title={t('name.title')}>
      <p className="faint">{asked ? t('code.sent', { to: asked }) : t('name.about')}</p>
      {problem && <ProblemAlert problem={asProblem(problem)} />}
      {asked ? (
        <Form layout="vertical" onFinish={({ code }: { code: string }) => confirm.mutate(code)}>
          <CodeField again={() => ask(asked)} />
          <div className="actions">
            <Button type="primary" htmlType="submit" loading={confirm.isPending}>
              {t('name.change')}
            </Button>
            <Button onClick={() => setAsked(undefined)}>{t('common.close')}</Button>
          </div>
        </Form>
      ) : (
        <Form form={form} layout="vertical" onFinish={({ login }) => void ask(login.trim()).catch((thrown: unknown) => mark(thrown as Error))}>
          <Form.Item name="login" label={t('name.new')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={254} autoComplete="off" />
          </Form.Item>
          <Button htmlType="submit" loading={begin.isPending}>
            {t('code.send')}
          </Button>
        </Form>
      )}
    </Card>
  )
}
