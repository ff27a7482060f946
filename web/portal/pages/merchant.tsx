import { Alert, Button, Checkbox, Form } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { fieldsOf, FieldValue, FormFacts, sectionNames, sectionsOf, valueOf, type Section } from '../../shared/application/form'
import { Unsettled } from '../../shared/merchant/unsettled'
import { Limits } from '../../shared/product/plan'
import { useMay, useMe } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Card, EmptyState, Facts, PageHeader } from '../../shared/ui/block'
import { atLeastOne } from '../../shared/ui/form'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { Status } from '../../shared/ui/status'
import { Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Merchant = Answer<'/v1/merchants/{id}'>
type Application = Answer<'/v1/applications'>['data'][number]

/** Component shows the merchant what is known of it, and lets its owner ask for a change, or leave. */
export function Component() {
  const { merchant } = useMe()
  return (
    <>
      <PageHeader title="mine.title" about="mine.about" />
      {merchant ? (
        <Loaded
          name={['/v1/merchants', 'mine', merchant]}
          load={async (signal) => ({
            known: await call('get', '/v1/merchants/{id}', { path: { id: merchant }, signal }),
            latest: (await call('get', '/v1/applications', { query: { limit: 1 }, signal })).data[0],
          })}
        >
          {({ known, latest }) => <Known merchant={known} latest={latest} />}
        </Loaded>
      ) : (
        <EmptyState title="mine.none" />
      )}
    </>
  )
}

const open = ['draft', 'submitted', 'claimed', 'returned']

function Known({ merchant, latest }: { merchant: Merchant; latest?: Application }) {
  const { t, word } = useWords()
  const may = useMay()
  const [asking, setAsking] = useState(false)
  const { state } = merchant
  const waiting = latest && open.includes(latest.state) ? latest : undefined
  const owner = may('application.edit')
  const path = { id: merchant.id }
  const act = (verb: 'leave' | 'stay') => (note: string, intent: string) =>
    call('post', `/v1/merchants/{id}/${verb}`, { path, body: { note }, intent })
  return (
    <div className="stack-wide">
      <Card title={merchant.name || t('mine.title')} extra={<Status area="merchant_state" state={state} />}>
        <Facts
          items={[
            ['merchants.number', <span key="number" className="figures">{merchant.number || '–'}</span>],
            ['form_field.kind', merchant.kind ? word('merchant_kind', merchant.kind) : '–'],
            ['services.limits', <Limits key="limits" of={merchant} />],
            ['merchants.license_until', <FieldValue key="license" field="until" value={merchant.license_until} />],
            ['merchants.identity_until', <FieldValue key="identity" field="until" value={merchant.identity_until} />],
            ['merchants.approved', <Time key="approved" at={merchant.approved_at} />],
          ]}
        />
        {waiting && (
          <Alert
            className="gap-top"
            type="info"
            showIcon
            title={t('mine.waiting', { state: word('application_state', waiting.state) })}
            action={<Link to="/apply">{t('mine.waiting_open')}</Link>}
          />
        )}
        {owner && (
          <div className="actions gap-top">
            {(state === 'active' || state === 'suspended') && !waiting && (
              <Button type="primary" onClick={() => setAsking(true)}>
                {t('mine.change')}
              </Button>
            )}
            <Acts
              refresh={['/v1/merchants']}
              deeds={[
                (state === 'active' || state === 'suspended') && { title: 'mine.leave', about: 'mine.leave_about', danger: true, reason: 'required', run: act('leave') },
                state === 'closing' && { title: 'mine.stay', about: 'mine.stay_about', reason: 'required', run: act('stay') },
              ]}
            />
          </div>
        )}
        {state === 'closing' && <Unsettled id={merchant.id} />}
      </Card>
      <div className="columns">
        {sectionNames.map((section) => (
          <Part key={section} merchant={merchant} section={section} />
        ))}
      </div>
      {asking && <Ask merchant={merchant} close={() => setAsking(false)} />}
    </div>
  )
}

/** Part shows one section of the profile, numbers masked. */
function Part({ merchant, section }: { merchant: Merchant; section: Section }) {
  const { word } = useWords()
  const fields = fieldsOf(merchant.profile, section).filter((field) => (valueOf(merchant.profile, field) ?? '') !== '')
  if (fields.length === 0) return null
  return (
    <Card title={word('review_section', section)}>
      <FormFacts form={merchant.profile} fields={fields} />
    </Card>
  )
}

/** Ask begins a change of some sections, which is filled in and handed in like an application. */
function Ask({ merchant, close }: { merchant: Merchant; close: () => void }) {
  const { t, word } = useWords()
  const navigate = useNavigate()
  const choices = sectionsOf(merchant.kind)
  return (
    <FormModal<{ sections: Section[] }, unknown>
      title="mine.change"
      verb="common.continue"
      about="mine.change_about"
      refresh={['/v1/applications', '/v1/merchants']}
      run={({ sections }, intent) => call('post', '/v1/applications/changes', { body: { sections }, intent })}
      done={() => void navigate('/apply')}
      close={close}
    >
      <Form.Item name="sections" label={t('mine.sections')} rules={[atLeastOne(t('mine.sections_needed'))]}>
        <Checkbox.Group options={choices.map((value) => ({ value, label: word('review_section', value) }))} />
      </Form.Item>
    </FormModal>
  )
}
