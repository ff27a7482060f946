import { useQuery } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input, InputNumber, Radio, Select, Skeleton, Switch } from 'antd'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { AreaPicker } from '../../shared/area/area_picker'
import { useAct } from '../../shared/session/act'
import { useMe } from '../../shared/session/me'
import { ModelName } from '../../shared/terminal/order'
import { Card, EmptyState, Facts, PageHeader } from '../../shared/ui/block'
import { useMark } from '../../shared/ui/form'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Chips, Tag } from '../../shared/ui/status'
import { Money } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Advice = Answer<'/v1/terminal-advice'>['data'][number]
type Counts = Record<string, number>

interface Shop {
  counters: number
  mobility: 'till' | 'table' | 'outdoors'
  payments_per_day: number
  cards: boolean
  codes: boolean
  receipts: boolean
  mains: boolean
}

const usual: Shop = { counters: 1, mobility: 'till', payments_per_day: 100, cards: true, codes: true, receipts: true, mains: true }

/** Component finds out what a shop needs, shows what it costs and orders it. */
export function Component() {
  const { t } = useWords()
  const [shop, setShop] = useState<Shop>(usual)
  const [counts, setCounts] = useState<Counts>({})
  const lines = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([model, count]) => ({ model, count }))
  return (
    <>
      <PageHeader title="orders.new" about="orders.new_about" />
      <Card title={t('advice.ask')}>
        <Questions change={(change) => setShop((now) => ({ ...now, ...change }))} />
      </Card>
      <div className="gap-top">
        <Card title={t('advice.title')}>
          <Recommendations shop={shop} counts={counts} choose={(model, count) => setCounts((now) => ({ ...now, [model]: count }))} />
        </Card>
      </div>
      {lines.length > 0 && (
        <div className="gap-top">
          <Checkout lines={lines} />
        </div>
      )}
    </>
  )
}

function Questions({ change }: { change: (change: Partial<Shop>) => void }) {
  const { t, word } = useWords()
  return (
    <Form layout="vertical" initialValues={usual} onValuesChange={(part: Partial<Shop>) => change(part)} className="form-grid">
      <Form.Item name="counters" label={t('advice.counters')}>
        <InputNumber min={1} max={200} />
      </Form.Item>
      <Form.Item name="payments_per_day" label={t('advice.payments')}>
        <InputNumber min={0} max={100_000} />
      </Form.Item>
      <Form.Item name="mobility" label={t('advice.mobility')}>
        <Radio.Group options={(['till', 'table', 'outdoors'] as const).map((value) => ({ value, label: word('mobility', value) }))} />
      </Form.Item>
      {(['cards', 'codes', 'receipts', 'mains'] as const).map((name) => (
        <Form.Item key={name} name={name} label={t(`advice.${name}`)} valuePropName="checked">
          <Switch />
        </Form.Item>
      ))}
    </Form>
  )
}

interface Choice {
  shop: Shop
  counts: Counts
  choose: (model: string, count: number) => void
}

function Recommendations({ shop, counts, choose }: Choice) {
  const { t } = useWords()
  const { data, error } = useQuery({
    queryKey: ['/v1/terminal-advice', shop],
    queryFn: ({ signal }) => call('get', '/v1/terminal-advice', { query: asked(shop), signal }),
    placeholderData: (before) => before,
  })
  if (error) return <ProblemAlert problem={asProblem(error)} />
  if (!data) return <Skeleton active />
  if (data.data.length === 0) return <EmptyState title="advice.none" />
  return (
    <ol className="offers">
      {data.data.map((advice, index) => (
        <li key={advice.model.id}>
          <div className="offer-head">
            <h3>
              <ModelName id={advice.model.id} />
            </h3>
            {index === 0 && <Tag tone="good">{t('advice.best')}</Tag>}
          </div>
          <p className="faint">{advice.model.maker}</p>
          <Chips area="ability" values={advice.model.abilities} />
          <Reasons advice={advice} />
          <p>
            {t('orders.once')} <Money fen={advice.once_fen} /> · {t('orders.monthly')} <Money fen={advice.monthly_fen} />{' '}
            <span className="faint">{t('advice.for_count', { count: advice.count })}</span>
          </p>
          <label className="count">
            {t('advice.count')}{' '}
            <InputNumber min={0} max={500} value={counts[advice.model.id] ?? 0} onChange={(count) => choose(advice.model.id, count ?? 0)} />
          </label>
          {!counts[advice.model.id] && (
            <Button onClick={() => choose(advice.model.id, advice.count)}>{t('advice.take', { count: advice.count })}</Button>
          )}
        </li>
      ))}
    </ol>
  )
}

function Reasons({ advice }: { advice: Advice }) {
  const { word } = useWords()
  return (
    <ul className="reasons">
      {advice.for.map((why) => (
        <li key={why}>
          <Tag tone="good">{word('reason_for', why)}</Tag>
        </li>
      ))}
      {advice.against.map((why) => (
        <li key={why}>
          <Tag tone="warn">{word('reason_against', why)}</Tag>
        </li>
      ))}
    </ul>
  )
}

function asked(shop: Shop): Record<string, string> {
  return Object.fromEntries(Object.entries(shop).map(([name, value]) => [name, String(value)]))
}

interface Contact {
  store: string
  name: string
  phone: string
  area: string
  address: string
  agreed: boolean
}

function Checkout({ lines }: { lines: { model: string; count: number }[] }) {
  const { t } = useWords()
  const { user } = useMe()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const [form] = Form.useForm<Contact>()
  const mark = useMark(form)
  const quote = useQuery({
    queryKey: ['/v1/terminal-orders', 'quote', lines],
    queryFn: ({ signal }) => call('post', '/v1/terminal-orders/quote', { body: { lines }, signal }),
    placeholderData: (before) => before,
  })
  const stores = useQuery({
    queryKey: ['/v1/stores', 'all'],
    queryFn: ({ signal }) => call('get', '/v1/stores', { query: { limit: 100 }, signal }),
  })
  const order = useAct(
    ({ store, agreed: _, ...contact }: Contact, intent) =>
      call('post', '/v1/terminal-orders', {
        body: { lines, store, contact, once_fen: quote.data!.once_fen, monthly_fen: quote.data!.monthly_fen },
        intent,
      }),
    {
      refresh: ['/v1/terminal-orders'],
      done: (placed) => {
        void message.success(t('orders.ordered'))
        void navigate(`/orders?open=${placed.id}`)
      },
    },
  )
  const open = (stores.data?.data ?? []).filter(({ closed }) => !closed)
  const only = open.length === 1 && !stores.data?.has_more ? open[0] : undefined
  const fill = (id?: string) => {
    const at = open.find((store) => store.id === id)
    if (!at) return
    form.setFieldValue('store', at.id)
    for (const part of ['phone', 'area', 'address'] as const) if (!form.isFieldTouched(part)) form.setFieldValue(part, at[part])
    if (!form.isFieldTouched('name')) form.setFieldValue('name', user.name)
  }
  useEffect(() => fill(only?.id), [only?.id]) // what was typed stays
  return (
    <div className="columns">
      <Card title={t('quote.title')}>
        {quote.error && <ProblemAlert problem={asProblem(quote.error)} />}
        {!quote.data && !quote.error && <Skeleton active />}
        {quote.data && (
          <>
            <div className="table-frame" role="region" aria-label={t('quote.title')} tabIndex={0}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t('quote.model')}</th>
                  <th scope="col" className="right">{t('quote.count')}</th>
                  <th scope="col" className="right">{t('quote.price')}</th>
                  <th scope="col" className="right">{t('quote.deposit')}</th>
                  <th scope="col" className="right">{t('quote.monthly')}</th>
                </tr>
              </thead>
              <tbody>
                {quote.data.lines.map((line) => (
                  <tr key={line.model}>
                    <td><ModelName id={line.model} /></td>
                    <td className="right">{line.count}</td>
                    <td className="right"><Money fen={line.price_fen ?? 0} /></td>
                    <td className="right"><Money fen={line.deposit_fen ?? 0} /></td>
                    <td className="right"><Money fen={line.monthly_fen ?? 0} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
            </div>
            <Facts
              items={[
                ['orders.once', <strong key="once"><Money fen={quote.data.once_fen} /></strong>],
                ['orders.monthly', <strong key="monthly"><Money fen={quote.data.monthly_fen} /></strong>],
              ]}
            />
          </>
        )}
      </Card>
      <Card title={t('quote.contact')}>
        {order.error && <ProblemAlert problem={asProblem(order.error)} />}
        <Form form={form} layout="vertical" onFinish={(fields) => order.mutate(fields, { onError: mark })}>
          <Form.Item name="store" label={t('terminals.store')} rules={[{ required: true }]}>
            <Select onChange={fill} options={open.map(({ id, name }) => ({ value: id, label: name }))} />
          </Form.Item>
          <Form.Item name="name" label={t('quote.name')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={60} autoComplete="name" />
          </Form.Item>
          <Form.Item name="phone" label={t('stores.phone')} rules={[{ required: true, whitespace: true }]}>
            <Input type="tel" maxLength={20} autoComplete="tel" />
          </Form.Item>
          <Form.Item name="area" label={t('stores.area')} rules={[{ required: true }]}>
            <AreaPicker />
          </Form.Item>
          <Form.Item name="address" label={t('stores.address')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={100} autoComplete="street-address" />
          </Form.Item>
          <Form.Item
            name="agreed"
            valuePropName="checked"
            rules={[{ validator: (_, agreed) => (agreed ? Promise.resolve() : Promise.reject(new Error(t('quote.agree_first')))) }]}
          >
            <Checkbox>{t('quote.agree')}</Checkbox>
          </Form.Item>
          <Button type="primary" htmlType="submit" disabled={!quote.data || quote.isPlaceholderData} loading={order.isPending}>
            {t('quote.order')}
          </Button>
        </Form>
      </Card>
    </div>
  )
}
