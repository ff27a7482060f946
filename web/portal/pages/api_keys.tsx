import { PlusOutlined } from '../../shared/ui/icon'
import { Button, Checkbox, Form, Input, Radio, Select } from 'antd'
import { useState } from 'react'
import { call, type Answer, type Row } from '../../shared/api/client'
import { useAct } from '../../shared/session/act'
import { useMe, type Permission } from '../../shared/session/me'
import { Facts, PageHeader } from '../../shared/ui/block'
import { Confirm } from '../../shared/ui/confirm'
import { atLeastOne } from '../../shared/ui/form'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { OnceModal } from '../../shared/ui/once_modal'
import { Chips, Status, Tag } from '../../shared/ui/status'
import { Ago, Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type APIKey = Row<'/v1/api-keys'>
type Secret = Answer<'/v1/api-keys', 'post'>

// What a program may be allowed; acts on people and keys stay with people.
const scopes = [
  'dashboard.view', 'merchant.view', 'service.view', 'terminal.view', 'payment.view', 'payment.take', 'payment.refund',
  'settlement.view',
] as const satisfies readonly Permission[]

const columns: Column<APIKey>[] = [
  { title: 'keys.name', render: ({ name }) => name },
  { title: 'keys.mode', render: ({ mode }) => <Mode mode={mode} /> },
  { title: 'keys.prefix', render: ({ prefix }) => <Code>{`${prefix}…`}</Code> },
  { title: 'keys.state', render: ({ state }) => <Status state={state} /> },
  { title: 'keys.last_used', render: ({ last_used_at }) => <Ago at={last_used_at} /> },
]

function Mode({ mode }: { mode: string }) {
  const { word } = useWords()
  return <Tag tone={mode === 'live' ? 'warn' : 'plain'}>{word('mode', mode)}</Tag>
}

/** Component lists the keys with which the merchant's programs call the API. */
export function Component() {
  const { t } = useWords()
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<Secret>()
  return (
    <>
      <PageHeader
        title="keys.title"
        about="keys.about"
        actions={
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t('keys.add')}
          </Button>
        }
      />
      <ListPage
        name="keys.title"
        address="/v1/api-keys"
        id={({ id }) => id}
        columns={columns}
        detail={{
          title: ({ name }) => name,
          body: (key, close) => <KeyDetail apiKey={key} close={close} show={setSecret} />,
        }}
        empty="keys.none"
      />
      {adding && <AddKey close={() => setAdding(false)} show={setSecret} />}
      {secret && <OnceModal title="keys.secret" about="keys.once" secret={secret.secret} close={() => setSecret(undefined)} />}
    </>
  )
}

function KeyDetail({ apiKey, close, show }: { apiKey: APIKey; close: () => void; show: (secret: Secret) => void }) {
  const { t } = useWords()
  const [verb, setVerb] = useState<'rotate' | 'revoke' | 'change'>()
  const [overlap, setOverlap] = useState(24)
  const path = { id: apiKey.id }
  const rotate = useAct(
    (_: string, intent) => call('post', '/v1/api-keys/{id}/rotate', { path, body: { overlap_hours: overlap }, intent }),
    {
      refresh: ['/v1/api-keys'],
      done: (made) => {
        close()
        show(made)
      },
    },
  )
  const revoke = useAct((_: string, intent) => call('delete', '/v1/api-keys/{id}', { path, intent }), {
    refresh: ['/v1/api-keys'],
    done: close,
  })
  return (
    <div className="detail">
      <Status state={apiKey.state} />
      <Facts
        items={[
          ['keys.mode', <Mode key="mode" mode={apiKey.mode} />],
          ['keys.prefix', <Code key="prefix">{`${apiKey.prefix}…`}</Code>],
          ['keys.scopes', <Chips key="scopes" area="permission" values={apiKey.scopes} />],
          ['keys.addresses', (apiKey.addresses ?? []).join(', ') || t('keys.anywhere')],
          ['keys.made', <Time key="made" at={apiKey.created_at} />],
          ['keys.expires', <Time key="expires" at={apiKey.expires_at} />],
          ['keys.last_used', <Time key="used" at={apiKey.last_used_at} />],
          ['keys.id', <Code key="id">{apiKey.id}</Code>],
        ]}
      />
      {apiKey.state === 'active' && (
        <div className="actions detail-actions">
          <Button onClick={() => setVerb('change')}>{t('keys.change')}</Button>
          <Button onClick={() => setVerb('rotate')}>{t('keys.rotate')}</Button>
          <Button danger onClick={() => setVerb('revoke')}>
            {t('keys.revoke')}
          </Button>
        </div>
      )}
      {verb === 'change' && <ChangeKey apiKey={apiKey} close={() => setVerb(undefined)} />}
      <Confirm open={verb === 'rotate'} title="keys.rotate" verb="keys.rotate" act={rotate} close={() => setVerb(undefined)}>
        <p>{t('keys.rotate_about')}</p>
        <label className="filter">
          {t('keys.overlap')}
          <Select
            value={overlap}
            onChange={setOverlap}
            aria-label={t('keys.overlap')}
            options={[0, 1, 24, 72, 168].map((hours) => ({ value: hours, label: t('keys.hours', { hours }) }))}
          />
        </label>
      </Confirm>
      <Confirm open={verb === 'revoke'} title="keys.revoke" verb="keys.revoke" danger act={revoke} close={() => setVerb(undefined)}>
        <p>{t('keys.revoke_about')}</p>
      </Confirm>
    </div>
  )
}

function ChangeKey({ apiKey, close }: { apiKey: APIKey; close: () => void }) {
  const { t } = useWords()
  return (
    <FormModal<Omit<Fields, 'mode'>, APIKey>
      title="keys.change"
      verb="common.save"
      said="common.saved"
      first={{ name: apiKey.name, scopes: apiKey.scopes, addresses: apiKey.addresses.join('\n') }}
      refresh={['/v1/api-keys']}
      run={({ addresses = '', ...rest }, intent) =>
        call('patch', '/v1/api-keys/{id}', {
          path: { id: apiKey.id },
          body: { ...rest, addresses: addresses.split(/[\s,]+/).filter(Boolean), expires_at: apiKey.expires_at },
          intent,
        })
      }
      close={close}
    >
      <Form.Item name="name" label={t('keys.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={64} autoFocus />
      </Form.Item>
      <Scopes />
    </FormModal>
  )
}

/** Scopes asks what a key may do, of what the person may do, and from where. */
function Scopes() {
  const { t, word } = useWords()
  const { permissions } = useMe()
  return (
    <>
      <Form.Item name="scopes" label={t('keys.scopes')} rules={[atLeastOne(t('keys.one_scope'))]}>
        <Checkbox.Group className="stack">
          {scopes
            .filter((scope) => permissions.includes(scope))
            .map((scope) => (
              <Checkbox key={scope} value={scope}>
                {word('permission', scope)}
              </Checkbox>
            ))}
        </Checkbox.Group>
      </Form.Item>
      <Form.Item name="addresses" label={t('keys.addresses')} extra={t('keys.addresses_hint')}>
        <Input.TextArea rows={2} />
      </Form.Item>
    </>
  )
}

interface Fields {
  name: string
  mode: 'test' | 'live'
  scopes: string[]
  addresses?: string
}

function AddKey({ close, show }: { close: () => void; show: (secret: Secret) => void }) {
  const { t, word } = useWords()
  return (
    <FormModal<Fields, Secret>
      title="keys.add"
      verb="keys.make"
      first={{ mode: 'test' }}
      refresh={['/v1/api-keys']}
      run={({ addresses = '', ...rest }, intent) =>
        call('post', '/v1/api-keys', { body: { ...rest, addresses: addresses.split(/[\s,]+/).filter(Boolean) }, intent })}
      done={show}
      close={close}
    >
      <Form.Item name="name" label={t('keys.name')} extra={t('keys.name_hint')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={64} autoFocus />
      </Form.Item>
      <Form.Item name="mode" label={t('keys.mode')}>
        <Radio.Group>
          <Radio value="test">{word('mode', 'test')}</Radio>
          <Radio value="live">{word('mode', 'live')}</Radio>
        </Radio.Group>
      </Form.Item>
      <Scopes />
    </FormModal>
  )
}
