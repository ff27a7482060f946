import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Radio } from 'antd'
import { call } from '../api/client'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { meKey, useMe } from '../session/me'
import { Card, Facts } from '../ui/block'
import { useMark } from '../ui/form'
import { ProblemAlert } from '../ui/problem_alert'
import { Chips } from '../ui/status'
import { Code } from '../ui/value'
import { useWords, type Lang } from '../words/words'
import { LoginName } from './login_name'

interface Fields {
  name: string
  lang: Lang
}

export function Profile() {
  const { t, choose } = useWords()
  const { message } = App.useApp()
  const client = useQueryClient()
  const me = useMe()
  const [form] = Form.useForm<Fields>()
  const mark = useMark(form)
  const merchant = (me.merchants ?? []).find(({ id }) => id === me.merchant)
  const save = useAct((fields: Fields, intent) => call('patch', '/v1/me', { body: fields, intent }), {
    done: (next) => {
      client.setQueryData(meKey, next)
      choose(next.user.lang)
      void message.success(t('common.saved'))
    },
  })
  return (
    <div className="columns">
      <Card title={t('account.profile')}>
        {save.error && <ProblemAlert problem={asProblem(save.error)} />}
        <Form
          form={form}
          layout="vertical"
          initialValues={{ name: me.user.name, lang: me.user.lang }}
          onFinish={(fields) => save.mutate(fields, { onError: mark })}
        >
          <Form.Item name="name" label={t('account.name')} rules={[{ required: true, whitespace: true }]}>
            <Input autoComplete="name" maxLength={64} />
          </Form.Item>
          <Form.Item name="lang" label={t('tools.language')}>
            <Radio.Group>
              <Radio value="zh">
                <span lang="zh">{t('tools.zh')}</span>
              </Radio>
              <Radio value="en">
                <span lang="en">{t('tools.en')}</span>
              </Radio>
            </Radio.Group>
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t('common.save')}
          </Button>
        </Form>
      </Card>
      <Card title={t('account.who')}>
        <Facts
          items={[
            ['account.login', me.user.login],
            ['account.id', <Code key="id">{me.user.id}</Code>],
            ['account.roles', <Chips key="roles" area="role" values={merchant?.roles ?? me.user.roles} />],
            ...(merchant ? [['account.merchant', `${merchant.name} · ${merchant.number}`] as ['account.merchant', string]] : []),
          ]}
        />
      </Card>
      <LoginName />
    </div>
  )
}
