import { useQuery } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useRef } from 'react'
import type { InputRef } from 'antd'
import { call } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import { ModelName, orderColumns, OrderFacts, orderStates, type OrderDetail } from '../../shared/terminal/order'
import { Acts } from '../../shared/ui/acts'
import { PageHeader } from '../../shared/ui/block'
import { useMark } from '../../shared/ui/form'
import { ListPage } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { useWords } from '../../shared/words/words'

const load = (id: string, signal: AbortSignal) => call('get', '/v1/terminal-orders/{id}', { path: { id }, signal })
const refresh = ['/v1/terminal-orders', '/v1/units', '/v1/terminals']

/** Component lists orders of terminals, and takes each from approval to the carrier. */
export function Component() {
  const { t } = useWords()
  return (
    <>
      <PageHeader title="orders.title" about="orders.about_staff" />
      <ListPage
        name="orders.title"
        address="/v1/terminal-orders"
        id={({ id }) => id}
        columns={orderColumns}
        filters={[
          { kind: 'choice', name: 'state', label: 'orders.state', area: 'order_state', values: orderStates },
          { kind: 'text', name: 'merchant', label: 'common.merchant' },
        ]}
        detail={{
          title: () => t('orders.one'),
          body: ({ id }) => (
            <Loaded name={['/v1/terminal-orders', 'detail', id]} load={(signal) => load(id, signal)}>
              {(order) => <Detail order={order} />}
            </Loaded>
          ),
          load,
        }}
        empty="orders.none"
        files
      />
    </>
  )
}

function Detail({ order }: { order: OrderDetail }) {
  const may = useMay()
  const path = { id: order.id }
  const stock = may('stock.manage')
  return (
    <div className="detail">
      <OrderFacts order={order} />
      {stock && order.state === 'approved' && <Assign order={order} />}
      {stock && order.state === 'assigned' && <Ship order={order} />}
      {stock && (
        <Acts
          refresh={refresh}
          deeds={[
            order.state === 'placed' && {
              title: 'orders.approve',
              about: 'orders.approve_about',
              primary: true,
              run: (_, intent) => call('post', '/v1/terminal-orders/{id}/approve', { path, intent }),
            },
          ]}
        />
      )}
    </div>
  )
}

/** Assign takes serial numbers one after the other, from a scanner that presses Enter or by hand. */
function Assign({ order }: { order: OrderDetail }) {
  const { t } = useWords()
  const field = useRef<InputRef>(null)
  const [form] = Form.useForm<{ serial: string }>()
  const mark = useMark(form)
  const whole = order.lines.reduce((sum, { count }) => sum + count, 0)
  // What is in stock of the model that is wanted next is offered while one types; a scanner does not need it.
  const wanted = order.lines.find(({ model, count }) => order.items.filter((item) => item.model === model).length < count)?.model
  const stock = useQuery({
    queryKey: ['/v1/units', 'stock', wanted],
    queryFn: ({ signal }) => call('get', '/v1/units', { query: { state: 'stock', model: wanted, limit: 100 }, signal }),
    enabled: wanted !== undefined,
  })
  const assign = useAct(
    ({ serial }: { serial: string }, intent) =>
      call('post', '/v1/terminal-orders/{id}/assign', { path: { id: order.id }, body: { serial: serial.trim() }, intent }),
    {
      refresh,
      done: () => {
        form.resetFields()
        field.current?.focus()
      },
    },
  )
  return (
    <Form form={form} layout="vertical" onFinish={(fields) => assign.mutate(fields, { onError: mark })}>
      <p role="status">{t('orders.assigned', { part: order.items.length, whole })}</p>
      {assign.error && <ProblemAlert problem={asProblem(assign.error)} />}
      <Form.Item name="serial" label={t('orders.scan')} extra={t('orders.scan_about')} rules={[{ required: true, whitespace: true }]}>
        <Input ref={field} maxLength={38} autoComplete="off" list="stock" />
      </Form.Item>
      <datalist id="stock">
        {stock.data?.data.map(({ serial }) => (
          <option key={serial} value={serial} />
        ))}
      </datalist>
      {wanted && stock.data && (
        <p className="faint">
          <ModelName id={wanted} />: {stock.data.data.length === 0 ? t('orders.no_stock') : t('orders.in_stock', { count: stock.data.has_more ? '100+' : stock.data.data.length })}
        </p>
      )}
      <Button type="primary" htmlType="submit" loading={assign.isPending}>
        {t('orders.assign')}
      </Button>
    </Form>
  )
}

function Ship({ order }: { order: OrderDetail }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const [form] = Form.useForm<{ carrier: string; tracking: string }>()
  const mark = useMark(form)
  const ship = useAct(
    (body: { carrier: string; tracking: string }, intent) =>
      call('post', '/v1/terminal-orders/{id}/ship', { path: { id: order.id }, body, intent }),
    { refresh, done: () => void message.success(t('orders.shipped')) },
  )
  return (
    <Form form={form} layout="vertical" onFinish={(fields) => ship.mutate(fields, { onError: mark })}>
      {ship.error && <ProblemAlert problem={asProblem(ship.error)} />}
      <Form.Item name="carrier" label={t('orders.carrier')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={40} />
      </Form.Item>
      <Form.Item name="tracking" label={t('orders.tracking')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={40} autoComplete="off" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={ship.isPending}>
        {t('orders.ship')}
      </Button>
    </Form>
  )
}
