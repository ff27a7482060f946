import { useQuery } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../api/client'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { useMe } from '../session/me'
import { Card } from '../ui/block'
import { Confirm } from '../ui/confirm'
import { useMark } from '../ui/form'
import { ProblemAlert } from '../ui/problem_alert'
import { Tag } from '../ui/status'
import { Ago } from '../ui/value'
import { useWords } from '../words/words'
import { NewPassword } from './new_password'
import { passkeysWork } from './passkey'
import { PasskeyEnroll } from './passkey_enroll'
import { RecoveryCodes } from './recovery_codes'
import { TotpEnroll } from './totp_enroll'

export function Security() {
  return (
    <div className="columns">
      <Password />
      <Totp />
      <Passkeys />
    </div>
  )
}

interface Passwords {
  old: string
  new: string
}

function Password() {
  const { t } = useWords()
  const { message } = App.useApp()
  const { user } = useMe()
  const [form] = Form.useForm<Passwords>()
  const mark = useMark(form)
  const change = useAct((given: Passwords, intent) => call('post', '/v1/auth/password/change', { body: given, intent }), {
    refresh: ['/v1/me/sessions'],
    done: () => {
      form.resetFields()
      void message.success(t('password.changed'))
    },
  })
  return (
    <Card title={t('account.password')}>
      <p className="faint">{t('password.ends_others')}</p>
      {change.error && <ProblemAlert problem={asProblem(change.error)} />}
      <Form
        form={form}
        layout="vertical"
        onFinish={(given) => change.mutate(given, { onError: mark })}
      >
        <input type="text" autoComplete="username" value={user.login} readOnly hidden />
        <Form.Item name="old" label={t('password.old')} rules={[{ required: true }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <NewPassword name="new" min={user.realm === 'platform' ? 12 : 8} />
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t('password.change')}
        </Button>
      </Form>
    </Card>
  )
}

function Totp() {
  const { t } = useWords()
  const { factors } = useMe()
  const [enrolling, setEnrolling] = useState(false)
  const [removing, setRemoving] = useState(false)
  const [renewing, setRenewing] = useState(false)
  const [codes, setCodes] = useState<string[]>()
  const renew = useAct((_: string, intent) => call('post', '/v1/me/recovery-codes', { intent }), {
    refresh: ['/v1/me'],
    done: ({ recovery_codes }) => setCodes(recovery_codes),
  })
  const remove = useAct((_: string, intent) => call('delete', '/v1/me/totp', { intent }), { refresh: ['/v1/me'] })
  return (
    <Card
      title={t('factor.totp')}
      extra={factors.totp ? <Tag tone="good">{t('factor.on')}</Tag> : <Tag tone="plain">{t('factor.off')}</Tag>}
    >
      <p className="faint">{t('totp.about')}</p>
      {factors.totp && <p>{t('recovery.left', { count: factors.recovery_left })}</p>}
      <p className="actions">
        <Button onClick={() => setEnrolling(true)}>{factors.totp ? t('totp.renew') : t('totp.begin')}</Button>
        {factors.totp && <Button onClick={() => setRenewing(true)}>{t('recovery.renew')}</Button>}
        {factors.totp && (
          <Button danger onClick={() => setRemoving(true)}>
            {t('totp.remove')}
          </Button>
        )}
      </p>
      <Modal open={enrolling} title={t('totp.begin')} footer={null} onCancel={() => setEnrolling(false)} destroyOnHidden width={440}>
        <TotpEnroll done={() => setEnrolling(false)} />
      </Modal>
      <Confirm open={renewing} title="recovery.renew" verb="recovery.renew" act={renew} close={() => setRenewing(false)}>
        <p>{t('recovery.renew_about')}</p>
      </Confirm>
      <Modal open={Boolean(codes)} title={t('factor.recovery')} footer={null} closable={false} destroyOnHidden width={440}>
        {codes && <RecoveryCodes codes={codes} done={() => setCodes(undefined)} />}
      </Modal>
      <Confirm open={removing} title="totp.remove" verb="totp.remove" danger act={remove} close={() => setRemoving(false)}>
        <p>{t('totp.remove_about')}</p>
      </Confirm>
    </Card>
  )
}

function Passkeys() {
  const { t } = useWords()
  const [making, setMaking] = useState(false)
  const [gone, setGone] = useState<Row<'/v1/me/passkeys'>>()
  const { data, error } = useQuery({
    queryKey: ['/v1/me/passkeys'],
    queryFn: ({ signal }) => call('get', '/v1/me/passkeys', { signal }),
  })
  const remove = useAct((_: string, intent) => call('delete', '/v1/me/passkeys/{id}', { path: { id: gone!.id }, intent }), {
    refresh: ['/v1/me/passkeys', '/v1/me'],
  })
  return (
    <Card title={t('passkey.title')}>
      <p className="faint">{t('passkey.about')}</p>
      {error && <ProblemAlert problem={asProblem(error)} />}
      <ul className="rows">
        {(data?.data ?? []).map((passkey) => (
          <li key={passkey.id}>
            <div>
              <strong>{passkey.name}</strong>
              <div className="faint">
                {t('passkey.last_used')} <Ago at={passkey.last_used_at ?? passkey.created_at} />
              </div>
            </div>
            <Button danger onClick={() => setGone(passkey)} aria-label={`${t('common.remove')}: ${passkey.name}`}>
              {t('common.remove')}
            </Button>
          </li>
        ))}
      </ul>
      {passkeysWork() ? (
        <Button onClick={() => setMaking(true)}>{t('passkey.add')}</Button>
      ) : (
        <p className="faint">{t('passkey.cannot')}</p>
      )}
      <Modal open={making} title={t('passkey.add')} footer={null} onCancel={() => setMaking(false)} destroyOnHidden width={440}>
        <PasskeyEnroll done={() => setMaking(false)} />
      </Modal>
      <Confirm open={Boolean(gone)} title="passkey.remove" verb="common.remove" danger act={remove} close={() => setGone(undefined)}>
        <p>{t('passkey.remove_about', { name: gone?.name ?? '' })}</p>
      </Confirm>
    </Card>
  )
}
