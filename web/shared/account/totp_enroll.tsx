import { Button, Form, Input, QRCode } from 'antd'
import { useEffect, useState } from 'react'
import { call } from '../api/client'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { ProblemAlert } from '../ui/problem_alert'
import { Code } from '../ui/value'
import { useWords } from '../words/words'
import { RecoveryCodes } from './recovery_codes'

/** TotpEnroll sets up one-time passwords: the secret as a picture and as text, a code as proof, codes for the day of loss. */
export function TotpEnroll({ done }: { done: () => unknown }) {
  const { t } = useWords()
  const [codes, setCodes] = useState<string[]>()
  const begin = useAct((_: void, intent) => call('post', '/v1/me/totp/begin', { intent }))
  const confirm = useAct(({ code }: { code: string }, intent) => call('post', '/v1/me/totp/confirm', { body: { code: code.trim() }, intent }), {
    refresh: ['/v1/me'],
    done: (answer) => setCodes(answer.recovery_codes ?? []),
  })
  const { mutate } = begin
  useEffect(() => mutate(), [mutate])
  if (codes) return <RecoveryCodes codes={codes} done={done} />
  return (
    <>
      {begin.error && <ProblemAlert problem={asProblem(begin.error)} />}
      {begin.data && (
        <div className="totp">
          <p>{t('totp.scan')}</p>
          <QRCode type="svg" value={begin.data.uri} size={168} aria-label={t('totp.picture')} role="img" color="#000" bgColor="#fff" />
          <p className="faint">{t('totp.secret')}</p>
          <Code>{begin.data.secret.replace(/(.{4})(?=.)/g, '$1 ')}</Code>
        </div>
      )}
      {confirm.error && <ProblemAlert problem={asProblem(confirm.error)} />}
      <Form layout="vertical" onFinish={(given: { code: string }) => confirm.mutate(given)}>
        <Form.Item name="code" label={t('factor.code')} rules={[{ required: true }]}>
          <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={confirm.isPending} disabled={!begin.data}>
          {t('totp.confirm')}
        </Button>
      </Form>
    </>
  )
}
