import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, InputNumber, Radio, Select } from 'antd'
import { useDeferredValue, useState } from 'react'
import { call, type Answer } from '../../shared/api/client'
import { loadAgent, type Agent } from '../../shared/agent/agent'
import { kinds } from '../../shared/product/plan'
import { DeleteOutlined, PlusOutlined } from '../../shared/ui/icon'
import { FormModal } from '../../shared/ui/form_modal'
import { Money } from '../../shared/ui/value'
import { useWords, type Key } from '../../shared/words/words'
import { doubled, fen, instruments, ppm, priceKinds, shareOf, termOf, type Price, type Service, type Share, type Term } from './term_form'

const pricesMax = 20 // of a service, as the API takes them

interface Fields {
  from: string
  reason: string
  shares: Record<Service, Share>
}

/** EditTerms asks for an agent's shares: a draft takes them at once, an open agent when a second person agrees. */
export function EditTerms({ agent, close }: { agent: Agent; close: () => void }) {
  const { t, word } = useWords()
  const draft = agent.state === 'draft'
  const last = agent.versions.at(-1)
  const first: Fields = {
    from: draft ? (last?.from ?? new Date().toISOString().slice(0, 10)) : '',
    reason: '',
    shares: Object.fromEntries(
      kinds.map((service) => [service, shareOf(service, last?.terms.find((term) => term.service === service))]),
    ) as Fields['shares'],
  }
  return (
    <FormModal<Fields, unknown>
      title="agents.edit_terms"
      verb={draft ? 'common.save' : 'agents.ask'}
      about={draft ? 'agents.terms_about' : 'agents.terms_about_two'}
      said={draft ? 'common.saved' : 'agents.asked'}
      width={680}
      first={first}
      refresh={['/v1/agents', '/v1/proposals', '/v1/dashboard']}
      run={({ from, reason, shares }, intent) => {
        const terms = kinds.map((service) => termOf(service, shares[service])).filter((term): term is Term => term !== undefined)
        const path = { id: agent.id }
        return draft
          ? call('put', '/v1/agents/{id}/terms', { path, body: { from, terms, version: agent.version }, intent })
          : call('post', '/v1/agents/{id}/propose-terms', { path, body: { from, terms, reason }, intent })
      }}
      close={close}
    >
      <Form.Item name="from" label={t('agents.from_date')} extra={t(draft ? 'agents.date_hint' : 'agents.later_date')} rules={[{ required: true }]}>
        <Input maxLength={10} autoFocus />
      </Form.Item>
      {kinds.map((service) => (
        <fieldset key={service} className="fields">
          <legend className="fields-name">{word('service_kind', service)}</legend>
          <ShareFields service={service} />
        </fieldset>
      ))}
      <Example upper={agent.upper} />
      {!draft && (
        <Form.Item name="reason" label={t('confirm.reason')} rules={[{ required: true, whitespace: true }]}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      )}
    </FormModal>
  )
}

function ShareFields({ service }: { service: Service }) {
  const { t, word } = useWords()
  const basis = Form.useWatch(['shares', service, 'basis']) as Share['basis'] | undefined
  return (
    <>
      <Form.Item name={['shares', service, 'basis']} label={t('agents.basis')}>
        <Radio.Group options={(['none', 'part', 'price'] as const).map((value) => ({ value, label: word('agent_basis', value) }))} />
      </Form.Item>
      <Form.Item name={['shares', service, 'part']} label={t('agents.part')} hidden={basis !== 'part'} rules={[{ required: basis === 'part' }]}>
        <InputNumber min={0} max={100} step={1} precision={4} />
      </Form.Item>
      {basis === 'price' && <Prices service={service} />}
    </>
  )
}

/** Prices is the list of an agent's own prices of a service. */
function Prices({ service }: { service: Service }) {
  const { t, word } = useWords()
  const prices = Form.useWatch(['shares', service, 'prices']) as Price[] | undefined
  const known = [...new Set<string>([...priceKinds, ...(prices ?? []).flatMap((price) => price?.kind ?? [])])]
  return (
    <Form.List name={['shares', service, 'prices']}>
      {(rows, { add, remove }) => (
        <div className="fields-wide">
          {rows.map(({ key, name }, index) => (
            <div key={key} className="fields-row">
              <Form.Item name={[name, 'instrument']} label={t('agents.price_of')} rules={[{ required: true }]}>
                <Select options={instruments[service].map((value) => ({ value, label: word('instrument', value) }))} />
              </Form.Item>
              <Form.Item
                name={[name, 'kind']}
                label={t('agents.price_kind')}
                dependencies={[['shares', service, 'prices', name, 'instrument']]}
                rules={[
                  { required: true },
                  ({ getFieldValue }) => ({
                    validator: () =>
                      doubled(getFieldValue(['shares', service, 'prices']) as Price[], name) ? Promise.reject(new Error(t('agents.price_twice'))) : Promise.resolve(),
                  }),
                ]}
              >
                <Select options={known.map((value) => ({ value, label: word('fee_kind', value !== '*' ? value : rows.length > 1 ? 'other' : 'all') }))} />
              </Form.Item>
              <Form.Item name={[name, 'rate']} label={t('plans.rate')} rules={[{ required: true }]}>
                <InputNumber min={0} max={10} step={0.01} precision={4} />
              </Form.Item>
              <Form.Item name={[name, 'floor']} label={t('plans.floor')}>
                <InputNumber min={0} precision={2} />
              </Form.Item>
              <Form.Item name={[name, 'cap']} label={t('plans.cap')}>
                <InputNumber min={0} precision={2} />
              </Form.Item>
              {rows.length > 1 && (
                <Button type="text" icon={<DeleteOutlined />} aria-label={t('agents.price_remove', { number: index + 1 })} onClick={() => remove(name)} />
              )}
            </div>
          ))}
          {rows.length < pricesMax && (
            <Button icon={<PlusOutlined />} onClick={() => add({ instrument: instruments[service][0] })}>
              {t('agents.price_add')}
            </Button>
          )}
        </div>
      )}
    </Form.List>
  )
}

/** Example works out what the shares as typed come to on one payment, by the rules of the books. */
function Example({ upper }: { upper: string }) {
  const { t, word } = useWords()
  const shares = useDeferredValue(Form.useWatch('shares') as Fields['shares'] | undefined)
  const [amount, setAmount] = useState(1000)
  const [back, setBack] = useState(0)
  const [fee, setFee] = useState(0.6)
  const [cost, setCost] = useState(0.38)
  const [service, setService] = useState<Service>('card')
  const above = useQuery({ queryKey: ['/v1/agents', upper], queryFn: ({ signal }) => loadAgent(upper, signal), enabled: upper !== '' })
  const price = (rate: number) => ({ instrument: service, kind: '*', rate_ppm: ppm(rate), floor_fen: 0, cap_fen: 0, keep: false })
  const share = shares?.[service]
  const term = share && termOf(service, share)
  const question = {
    terms: term,
    upper: above.data?.versions.at(-1)?.terms.find((term) => term.service === service) ?? (upper ? { service, part_ppm: 0, prices: [] } : undefined),
    amount_fen: fen(amount),
    refund_fen: fen(back),
    card_kind: 'debit',
    fee: price(fee),
    cost: price(cost),
  }
  const { data } = useQuery({
    queryKey: ['/v1/agents/example', JSON.stringify(question)],
    queryFn: ({ signal }) => call('post', '/v1/agents/example', { body: { ...question, terms: question.terms! }, signal }),
    enabled: question.terms !== undefined && question.amount_fen > 0,
    retry: false,
  })
  const field = (name: Key, value: number, set: (value: number) => void, precision: number) => (
    <label className="field">
      <span>{t(name)}</span>
      <InputNumber min={0} precision={precision} value={value} onChange={(next) => set(next ?? 0)} aria-label={t(name)} />
    </label>
  )
  return (
    <fieldset className="fields">
      <legend className="fields-name">{t('agents.example')}</legend>
      <div className="fields-row">
        <Select
          aria-label={t('agents.service')}
          value={service}
          onChange={setService}
          options={kinds.map((value) => ({ value, label: word('service_kind', value) }))}
        />
        {field('agents.example_amount', amount, setAmount, 2)}
        {field('agents.example_back', back, setBack, 2)}
        {field('agents.example_fee', fee, setFee, 4)}
        {field('agents.example_cost', cost, setCost, 4)}
      </div>
      {data && <Worked out={data} two={upper !== ''} />}
    </fieldset>
  )
}

function Worked({ out, two }: { out: Answer<'/v1/agents/example', 'post'>; two: boolean }) {
  const { t } = useWords()
  const lines: [Key, number][] = [
    ['agents.example_fee_taken', out.fee_fen],
    ['agents.example_cost_taken', -out.cost_fen],
    ['agents.example_share', -out.holder_fen],
    ...(two ? [['agents.example_upper', -out.upper_fen] as [Key, number]] : []),
    ['agents.example_kept', out.kept_fen],
  ]
  return (
    <dl className="facts" aria-live="polite">
      {lines.map(([name, amount]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>
            <Money fen={amount} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
