import { App, Button, Checkbox, Form, Input } from 'antd'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { call, type Answer, type Row } from '../../shared/api/client'
import { dayBegins, dayEnds } from '../../shared/format/time'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import type { Filter } from '../../shared/ui/list_address'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords, type Key } from '../../shared/words/words'

type Delivery = Row<'/v1/webhooks/{id}/deliveries'>
type Replayed = Answer<'/v1/webhooks/{id}/replay', 'post'>

const refresh = ['/v1/webhooks/{id}/deliveries']

const columns: Column<Delivery>[] = [
  { title: 'webhooks.event', render: ({ kind }) => <Code>{kind}</Code> },
  { title: 'webhooks.state', render: ({ state }) => <Status area="delivery_state" state={state} /> },
  { title: 'webhooks.answer', render: (delivery) => <Outcome delivery={delivery} /> },
  { title: 'webhooks.tries', render: ({ tries }) => tries, right: true },
  { title: 'webhooks.when', render: ({ created_at }) => <Time at={created_at} /> },
]

const filters: Filter<Key>[] = [
  { kind: 'choice', name: 'state', label: 'webhooks.state', area: 'delivery_state', values: ['waiting', 'delivered', 'given_up'] },
  { kind: 'text', name: 'kind', label: 'webhooks.event' },
  { kind: 'days', label: 'webhooks.time' },
]

/** Outcome says what became of the last try. */
function Outcome({ delivery: { status, failure } }: { delivery: Delivery }) {
  const { word } = useWords()
  if (status) return status
  return failure ? word('webhook_failure', failure) : '—'
}

/** Component lists what was sent to one address, and what waits. */
export function Component() {
  const { t } = useWords()
  const { id = '' } = useParams()
  const navigate = useNavigate()
  const [again, setAgain] = useState(false)
  return (
    <>
      <PageHeader
        title="webhooks.deliveries"
        actions={
          <>
            <Button onClick={() => void navigate('/webhooks')}>{t('webhooks.to_list')}</Button>
            <Button type="primary" onClick={() => setAgain(true)}>
              {t('webhooks.range')}
            </Button>
          </>
        }
      />
      <ListPage
        name="webhooks.deliveries"
        address="/v1/webhooks/{id}/deliveries"
        path={{ id }}
        id={(delivery) => delivery.id}
        columns={columns}
        filters={filters}
        detail={{ title: ({ kind }) => kind, body: (delivery) => <Detail delivery={delivery} /> }}
        empty="webhooks.no_deliveries"
        files
      />
      {again && <Range webhook={id} close={() => setAgain(false)} />}
    </>
  )
}

function Detail({ delivery }: { delivery: Delivery }) {
  const { t, word } = useWords()
  const { state, next_at, failure } = delivery
  return (
    <div className="detail">
      <Status area="delivery_state" state={state} />
      {state === 'waiting' && !next_at && <p className="faint">{t('webhooks.behind')}</p>}
      <Facts
        items={[
          ['webhooks.answer', [delivery.status || '', failure && word('webhook_failure', failure)].filter(Boolean).join(' · ') || '—'],
          ['webhooks.tries', delivery.tries],
          ['webhooks.last', <Time key="last" at={delivery.tried_at} />],
          ['webhooks.next', <Time key="next" at={next_at} />],
          ['webhooks.done', <Time key="done" at={delivery.done_at} />],
          ['webhooks.when', <Time key="made" at={delivery.created_at} />],
          ['webhooks.subject', <Code key="subject">{delivery.subject}</Code>],
          ['webhooks.event_id', <Code key="event">{delivery.event}</Code>],
          ['account.id', <Code key="id">{delivery.id}</Code>],
        ]}
      />
      <Acts
        refresh={refresh}
        deeds={[
          (state !== 'waiting' || next_at !== undefined) && {
            title: 'webhooks.replay',
            about: 'webhooks.replay_about',
            run: (_, intent) =>
              call('post', '/v1/webhooks/{id}/deliveries/{delivery}/replay', { path: { id: delivery.webhook, delivery: delivery.id }, intent }),
          },
        ]}
      />
    </div>
  )
}

interface Fields {
  from: string
  to: string
  delivered?: boolean
}

/** Range sends again what was made on some days. */
function Range({ webhook, close }: { webhook: string; close: () => void }) {
  const { t } = useWords()
  const { message } = App.useApp()
  return (
    <FormModal<Fields, Replayed>
      title="webhooks.range"
      verb="webhooks.replay"
      about="webhooks.range_about"
      refresh={refresh}
      run={({ from, to, delivered }, intent) =>
        call('post', '/v1/webhooks/{id}/replay', { path: { id: webhook }, body: { from: dayBegins(from), to: dayEnds(to), delivered }, intent })
      }
      done={({ replayed, more }) => void message.success(t(more ? 'webhooks.range_more' : 'webhooks.range_done', { count: replayed }))}
      close={close}
    >
      <Form.Item name="from" label={t('webhooks.range_from')} rules={[{ required: true }]}>
        <Input type="date" />
      </Form.Item>
      <Form.Item name="to" label={t('webhooks.range_to')} rules={[{ required: true }]}>
        <Input type="date" />
      </Form.Item>
      <Form.Item name="delivered" valuePropName="checked">
        <Checkbox>{t('webhooks.range_delivered')}</Checkbox>
      </Form.Item>
    </FormModal>
  )
}
