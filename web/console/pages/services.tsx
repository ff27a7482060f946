import { Form, Input } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import { Fees, kinds, Limits } from '../../shared/product/plan'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Named } from '../../shared/ui/named'
import { Status } from '../../shared/ui/status'
import { Ago, Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Service = Row<'/v1/services'>

const columns: Column<Service>[] = [
  { title: 'services.kind', render: ({ kind }) => <Kind name={kind} /> },
  { title: 'services.state', render: ({ state }) => <Status area="service_state" state={state} /> },
  { title: 'common.merchant', render: ({ merchant }) => <Named id={merchant} /> },
  { title: 'services.plan', render: ({ plan, plan_version }) => `${plan} · ${plan_version}` },
  { title: 'services.agreed_at', render: ({ agreed_at }) => <Ago at={agreed_at} /> },
  { title: 'services.changed', render: ({ changed_at }) => <Ago at={changed_at} /> },
]

function Kind({ name }: { name: string }) {
  const { word } = useWords()
  return word('service_kind', name)
}

/** Component is the queue of payment services that merchants asked for, and all that are open. */
export function Component() {
  return (
    <>
      <PageHeader title="services.title" about="services.about_staff" />
      <ListPage
        name="services.title"
        address="/v1/services"
        id={({ merchant, kind }) => `${merchant}-${kind}`}
        columns={columns}
        filters={[
          {
            kind: 'choice',
            name: 'state',
            label: 'services.state',
            area: 'service_state',
            values: ['requested', 'open', 'suspended', 'closed', 'rejected'],
          },
          { kind: 'choice', name: 'kind', label: 'services.kind', area: 'service_kind', values: kinds },
          { kind: 'text', name: 'merchant', label: 'common.merchant' },
        ]}
        detail={{ title: ({ kind }) => <Kind name={kind} />, body: (service) => <ServiceDetail service={service} /> }}
        empty="services.none"
        files
      />
    </>
  )
}

function ServiceDetail({ service }: { service: Service }) {
  const { t } = useWords()
  const may = useMay()
  const [number, setNumber] = useState(service.sub_merchant)
  const path = { merchant: service.merchant, kind: service.kind }
  const wallet = service.kind !== 'card'
  const act = (word: 'reject' | 'suspend' | 'resume' | 'close') => (note: string, intent: string) =>
    call('post', `/v1/services/{merchant}/{kind}/${word}`, { path, body: { note }, intent })
  return (
    <div className="detail">
      <Status area="service_state" state={service.state} />
      <Facts
        items={[
          ['common.merchant', <Named key="merchant" id={service.merchant} whole />],
          ['services.plan', `${service.plan} · ${service.plan_version}`],
          ['services.fees', <Fees key="fees" fees={service.fees} />],
          ['services.limits', <Limits key="limits" of={service} />],
          ['services.terms', service.terms],
          ['services.agreed_at', <Time key="at" at={service.agreed_at} />],
          ['services.agreed_by', <Named key="by" id={service.agreed_by} whole />],
          ['services.sub_merchant', <Code key="sub">{service.sub_merchant || undefined}</Code>],
          ['services.reason', service.reason || '–'],
        ]}
      />
      {service.state === 'requested' && !may('service.review') && <p className="faint">{t('services.reviewer_opens')}</p>}
      <Acts
        refresh={['/v1/services']}
        deeds={[
          service.state === 'requested' &&
            may('service.review') && {
              title: 'services.open',
              about: wallet ? 'services.open_wallet' : 'services.open_about',
              primary: true,
              fields: wallet && (
                <Form layout="vertical">
                  <Form.Item label={t('services.sub_merchant')} htmlFor="sub_merchant" required>
                    <Input id="sub_merchant" maxLength={40} value={number} onChange={(event) => setNumber(event.target.value)} />
                  </Form.Item>
                </Form>
              ),
              run: (_, intent) => call('post', '/v1/services/{merchant}/{kind}/open', { path, body: { sub_merchant: number.trim() }, intent }),
            },
          service.state === 'requested' &&
            may('service.review') && { title: 'services.reject', danger: true, reason: 'required', run: act('reject') },
          service.state === 'suspended' &&
            may('merchant.control') && { title: 'services.resume', primary: true, reason: 'required', run: act('resume') },
          service.state === 'open' &&
            may('merchant.control') && { title: 'services.suspend', about: 'services.suspend_about', reason: 'required', run: act('suspend') },
          (service.state === 'open' || service.state === 'suspended') &&
            may('merchant.control') && {
              title: 'services.close',
              about: 'services.close_about',
              danger: true,
              reason: 'required',
              run: act('close'),
            },
        ]}
      />
    </div>
  )
}
