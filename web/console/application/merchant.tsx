import { Input } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { call, type Answer, type Row } from '../../shared/api/client'
import { fieldsOf, FieldValue, FormFacts, sectionNames, valueOf } from '../../shared/application/form'
import { CategoryName } from '../../shared/area/area_picker'
import { Unsettled } from '../../shared/merchant/unsettled'
import { Limits } from '../../shared/product/plan'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Facts } from '../../shared/ui/block'
import type { Column } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { Status } from '../../shared/ui/status'
import { Code, Nothing, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { HeldBy } from '../agent/move'

type Merchant = Row<'/v1/merchants'>
type Detail = Answer<'/v1/merchants/{id}'>

export const merchantStates = ['applying', 'active', 'suspended', 'closing', 'closed'] as const

export const merchantColumns: Column<Merchant>[] = [
  { title: 'merchants.name', render: ({ name, id }) => name || <Code>{id}</Code> },
  { title: 'merchants.number', render: ({ number }) => <span className="figures">{number || '–'}</span> },
  { title: 'merchants.state', render: ({ state }) => <Status area="merchant_state" state={state} /> },
  { title: 'form_field.business.category', render: ({ category }) => <CategoryName code={category} /> },
  { title: 'review.grade', render: ({ grade }) => (grade ? <Status area="grade" state={grade} /> : <Nothing />) },
  { title: 'merchants.due_on', render: ({ due_on }) => <Day on={due_on} /> },
]

/** Day writes a date; 9999-12-31 is for ever. */
function Day({ on }: { on: string }) {
  return <FieldValue field="until" value={on} />
}

export const loadMerchant = (id: string, signal: AbortSignal) => call('get', '/v1/merchants/{id}', { path: { id }, signal })

/** MerchantDrawer tells what is known of one merchant. */
export function MerchantDrawer({ id }: { id: string }) {
  return (
    <Loaded name={['/v1/merchants', 'detail', id]} load={(signal) => loadMerchant(id, signal)}>
      {(merchant) => <MerchantDetail merchant={merchant} />}
    </Loaded>
  )
}

function MerchantDetail({ merchant }: { merchant: Detail }) {
  const { t, word } = useWords()
  const may = useMay()
  const [login, setLogin] = useState('')
  const path = { id: merchant.id }
  const { state } = merchant
  const controls = may('merchant.control')
  const act = (verb: 'suspend' | 'reinstate' | 'leave' | 'stay' | 'exit') => (note: string, intent: string) =>
    call('post', `/v1/merchants/{id}/${verb}`, { path, body: { note }, intent })
  return (
    <div className="detail">
      <span className="chips">
        <Status area="merchant_state" state={merchant.state} />
        {merchant.grade && <Status area="grade" state={merchant.grade} />}
      </span>
      <Facts
        items={[
          ['merchants.number', <span key="number" className="figures">{merchant.number || '–'}</span>],
          ['form_field.kind', merchant.kind ? word('merchant_kind', merchant.kind) : '–'],
          ['services.limits', <Limits key="limits" of={merchant} />],
          ['merchants.license_until', <Day key="license" on={merchant.license_until} />],
          ['merchants.identity_until', <Day key="identity" on={merchant.identity_until} />],
          ['merchants.verify_by', <Day key="verify" on={merchant.verify_by} />],
          ['merchants.approved', <Time key="approved" at={merchant.approved_at} />],
          ['merchants.owner', merchant.owner_name || <Code key="owner">{merchant.owner || undefined}</Code>],
          ['account.id', <Code key="id">{merchant.id}</Code>],
        ]}
      />
      {merchant.application && may('application.review') && (
        <Link to={`/applications/${merchant.application}`}>{t('merchants.application')}</Link>
      )}
      <HeldBy merchant={merchant.id} agent={merchant.agent} />
      <h3>{t('services.title')}</h3>
      {merchant.services.length === 0 && <p className="faint">{t('services.none')}</p>}
      <ul className="rows">
        {merchant.services.map(({ kind, plan, plan_version, state }) => (
          <li key={kind}>
            <div>
              <strong>{word('service_kind', kind)}</strong> <span className="faint">{`${plan} · ${plan_version}`}</span>
            </div>
            <Status area="service_state" state={state} />
          </li>
        ))}
      </ul>
      {may('service.view') && <Link to={`/wallets/${merchant.id}`}>{t('wallets.of_merchant')}</Link>}
      {merchant.profile &&
        sectionNames.map((section) => {
          const fields = fieldsOf(merchant.profile, section).filter((field) => valueOf(merchant.profile, field) !== undefined)
          if (fields.length === 0) return null
          return (
            <section key={section}>
              <h3>{word('review_section', section)}</h3>
              <FormFacts form={merchant.profile} fields={fields} />
            </section>
          )
        })}
      {state === 'closing' && <Unsettled id={merchant.id} />}
      <Acts
        refresh={['/v1/merchants', '/v1/proposals', '/v1/applications']}
        deeds={[
          may('merchant.control') &&
            merchant.state === 'active' && {
              title: 'merchants.suspend',
              about: 'merchants.suspend_about',
              danger: true,
              reason: 'required',
              run: act('suspend'),
            },
          may('merchant.control') &&
            merchant.state === 'suspended' && {
              title: 'merchants.reinstate',
              about: 'merchants.reinstate_about',
              primary: true,
              reason: 'required',
              run: act('reinstate'),
            },
          controls &&
            (state === 'active' || state === 'suspended') && {
              title: 'merchants.transfer',
              about: 'merchants.transfer_about',
              reason: 'required',
              fields: (
                <div className="gap-bottom">
                  <label htmlFor="new-owner">{t('merchants.new_owner')}</label>
                  <Input id="new-owner" maxLength={254} value={login} onChange={(event) => setLogin(event.target.value)} />
                </div>
              ),
              run: (reason, intent) => call('post', '/v1/merchants/{id}/transfer', { path, body: { login: login.trim(), reason }, intent }),
            },
          controls &&
            (state === 'active' || state === 'suspended') && { title: 'merchants.leave', about: 'merchants.leave_about', reason: 'required', run: act('leave') },
          controls && state === 'closing' && { title: 'merchants.stay', about: 'merchants.stay_about', reason: 'required', run: act('stay') },
          controls &&
            state === 'closing' && { title: 'merchants.exit', about: 'merchants.exit_about', danger: true, reason: 'required', run: act('exit') },
        ]}
      />
    </div>
  )
}
