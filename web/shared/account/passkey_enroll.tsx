import { KeyOutlined } from '../ui/icon'
import { Button, Form, Input } from 'antd'
import { call } from '../api/client'
import { asProblem, Problem } from '../api/problem'
import { useAct } from '../session/act'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'
import { makePasskey } from './passkey'

/** PasskeyEnroll has the device make a passkey and gives it a name by which its person knows it. */
export function PasskeyEnroll({ done }: { done: () => unknown }) {
  const { t } = useWords()
  const make = useAct(
    async ({ name }: { name: string }) => {
      const options = await call('post', '/v1/me/passkeys/begin')
      const made = await makePasskey(options).catch(() => {
        throw new Problem(0, 'passkey_canceled', '', '')
      })
      return call('post', '/v1/me/passkeys/finish', { body: { ...made, name } })
    },
    { refresh: ['/v1/me', '/v1/me/passkeys'], done: () => void done() },
  )
  return (
    <>
      <p className="faint">{t('passkey.about')}</p>
      {make.error && <ProblemAlert problem={asProblem(make.error)} />}
      <Form layout="vertical" onFinish={(given: { name: string }) => make.mutate(given)}>
        <Form.Item name="name" label={t('passkey.name')} rules={[{ required: true, whitespace: true }]}>
          <Input maxLength={64} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block icon={<KeyOutlined />} loading={make.isPending}>
          {t('passkey.make')}
        </Button>
      </Form>
    </>
  )
}
