import { PlusOutlined } from '../../shared/ui/icon'
import { Alert, Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call, type Answer, type Row } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useAct } from '../../shared/session/act'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { OnceModal } from '../../shared/ui/once_modal'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Webhook = Row<'/v1/webhooks'>
type Secret = Answer<'/v1/webhooks', 'post'>
type Report = Answer<'/v1/webhooks/{id}/test', 'post'>

const refresh = ['/v1/webhooks']

// What is offered to choose from; whatever else the API tells may be typed.
const offered = [
  '*', 'sale.*', 'sale.approved', 'void.*', 'refund.*', 'refund.approved', 'reversal.*', 'preauth.*', 'completion.*', 'batch.*', 'service.*',
  'terminal.*', 'terminal_order.*', 'application.*', 'ticket.*', 'member.*', 'webhook.*',
]

const columns: Column<Webhook>[] = [
  { title: 'webhooks.url', render: ({ url }) => <Code>{url}</Code> },
  { title: 'webhooks.note', render: ({ note }) => note || '—' },
  { title: 'webhooks.state', render: (webhook) => <Condition webhook={webhook} /> },
  { title: 'webhooks.made', render: ({ created_at }) => <Time at={created_at} /> },
]

/** Condition says whether a webhook gets events, and whether it takes them. */
function Condition({ webhook: { state, failing_since } }: { webhook: Webhook }) {
  return <Status area="webhook_state" state={state === 'on' && failing_since ? 'failing' : state} />
}

/** Component lists the addresses to which events are brought. */
export function Component() {
  const { t } = useWords()
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<Secret>()
  return (
    <>
      <PageHeader
        title="webhooks.title"
        about="webhooks.about"
        actions={
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t('webhooks.add')}
          </Button>
        }
      />
      <ListPage
        name="webhooks.title"
        address="/v1/webhooks"
        id={({ id }) => id}
        columns={columns}
        detail={{
          title: ({ note }) => note || t('webhooks.one'),
          body: (webhook, close) => (
            <Detail
              webhook={webhook}
              show={(made) => {
                close()
                setSecret(made)
              }}
            />
          ),
          load: (id, signal) => call('get', '/v1/webhooks/{id}', { path: { id }, signal }),
        }}
        empty="webhooks.none"
      />
      {adding && <Add close={() => setAdding(false)} show={setSecret} />}
      {secret && <OnceModal title="webhooks.secret" about="webhooks.once" secret={secret.secret} close={() => setSecret(undefined)} />}
    </>
  )
}

function Detail({ webhook, show }: { webhook: Webhook; show: (secret: Secret) => void }) {
  const { t, word } = useWords()
  const [changing, setChanging] = useState(false)
  const navigate = useNavigate()
  const path = { id: webhook.id }
  const test = useAct((_: string, intent) => call('post', '/v1/webhooks/{id}/test', { path, intent }))
  return (
    <div className="detail">
      <Condition webhook={webhook} />
      {webhook.state === 'off' && webhook.why && <Alert type="warning" showIcon title={word('webhook_why', webhook.why)} />}
      <Facts
        items={[
          ['webhooks.url', <Code key="url">{webhook.url}</Code>],
          ['webhooks.events', <Events key="events" names={webhook.events} />],
          ['webhooks.note', webhook.note || '—'],
          ['webhooks.failing', <Time key="failing" at={webhook.failing_since} />],
          ['webhooks.old_until', <Time key="old" at={webhook.old_until} />],
          ['webhooks.made', <Time key="made" at={webhook.created_at} />],
          ['account.id', <Code key="id">{webhook.id}</Code>],
        ]}
      />
      {test.error && <ProblemAlert problem={asProblem(test.error)} />}
      {test.data && <Tested report={test.data} />}
      <div className="actions detail-actions">
        <Button type="primary" loading={test.isPending} onClick={() => test.mutate('')}>
          {t('webhooks.test')}
        </Button>
        <Button onClick={() => void navigate(`/webhooks/${webhook.id}`)}>{t('webhooks.deliveries')}</Button>
        <Button onClick={() => setChanging(true)}>{t('webhooks.change')}</Button>
      </div>
      <Acts
        refresh={refresh}
        deeds={[
          {
            title: 'webhooks.rotate',
            about: 'webhooks.rotate_about',
            run: async (_, intent) => show(await call('post', '/v1/webhooks/{id}/rotate', { path, intent })),
          },
          webhook.state === 'on' && {
            title: 'webhooks.off',
            about: 'webhooks.off_about',
            danger: true,
            run: (_, intent) => call('post', '/v1/webhooks/{id}/off', { path, intent }),
          },
          webhook.state === 'off' && {
            title: 'webhooks.on',
            about: 'webhooks.on_about',
            run: (_, intent) => call('post', '/v1/webhooks/{id}/on', { path, intent }),
          },
        ]}
      />
      {changing && <Change webhook={webhook} close={() => setChanging(false)} />}
    </div>
  )
}

/** Events names the events that are wanted, as the API names them. */
function Events({ names }: { names: string[] }) {
  const { t } = useWords()
  return (
    <span className="chips">
      {names.map((name) => (
        <span key={name} className="chip">
          {name === '*' ? t('webhooks.everything') : name}
        </span>
      ))}
    </span>
  )
}

/** Tested says what became of a test event. */
function Tested({ report }: { report: Report }) {
  const { t, word } = useWords()
  if (report.ok) return <Alert type="success" showIcon title={t('webhooks.test_taken', { status: report.status, ms: report.took_ms })} />
  return (
    <Alert
      type="error"
      showIcon
      title={word('webhook_failure', report.failure)}
      description={t('webhooks.test_failed', { status: report.status || '—', ms: report.took_ms })}
    />
  )
}

interface Fields {
  url: string
  events: string[]
  note?: string
}

function Asked() {
  const { t } = useWords()
  return (
    <>
      <Form.Item name="url" label={t('webhooks.url')} extra={t('webhooks.url_hint')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={500} inputMode="url" autoFocus />
      </Form.Item>
      <Form.Item name="events" label={t('webhooks.events')} extra={t('webhooks.events_hint')} rules={[{ required: true }]}>
        <Select
          mode="tags"
          tokenSeparators={[' ', ',']}
          options={offered.map((name) => ({ value: name, label: name === '*' ? t('webhooks.everything') : name }))}
        />
      </Form.Item>
      <Form.Item name="note" label={t('webhooks.note')}>
        <Input maxLength={200} />
      </Form.Item>
    </>
  )
}

function Change({ webhook, close }: { webhook: Webhook; close: () => void }) {
  return (
    <FormModal<Fields, Webhook>
      title="webhooks.change"
      verb="common.save"
      said="common.saved"
      first={{ url: webhook.url, events: webhook.events, note: webhook.note }}
      refresh={refresh}
      run={({ url, ...rest }, intent) => call('put', '/v1/webhooks/{id}', { path: { id: webhook.id }, body: { url: url.trim(), ...rest }, intent })}
      close={close}
    >
      <Asked />
    </FormModal>
  )
}

function Add({ close, show }: { close: () => void; show: (secret: Secret) => void }) {
  return (
    <FormModal<Fields, Secret>
      title="webhooks.add"
      verb="webhooks.make"
      first={{ events: ['*'] }}
      refresh={refresh}
      run={({ url, ...rest }, intent) => call('post', '/v1/webhooks', { body: { url: url.trim(), ...rest }, intent })}
      done={show}
      close={close}
    >
      <Asked />
    </FormModal>
  )
}
