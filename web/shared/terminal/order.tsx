import { call, type Answer, type Row } from '../api/client'
import { AreaName } from '../area/area_picker'
import { useQuery } from '@tanstack/react-query'
import { Facts } from '../ui/block'
import type { Column } from '../ui/list_page'
import { Named } from '../ui/named'
import { Status } from '../ui/status'
import { Timeline, type Moment } from '../ui/timeline'
import { Ago, Code, Money, Time } from '../ui/value'
import { useWords } from '../words/words'

export type Order = Row<'/v1/terminal-orders'>
export type OrderDetail = Answer<'/v1/terminal-orders/{id}'>
export type Model = Answer<'/v1/terminal-models'>['data'][number]

export const orderStates = ['placed', 'approved', 'assigned', 'shipped', 'received', 'cancelled'] as const
const course = ['placed', 'approved', 'assigned', 'shipped', 'received'] as const

/** useModels returns the models that there are. */
export function useModels(): Model[] {
  const { data } = useQuery({
    queryKey: ['/v1/terminal-models'],
    queryFn: ({ signal }) => call('get', '/v1/terminal-models', { signal }),
    staleTime: 300_000,
  })
  return data?.data ?? []
}

/** ModelName is the name of a model in the language of the page. */
export function ModelName({ id }: { id: string }) {
  const { lang } = useWords()
  const model = useModels().find((one) => one.id === id)
  if (!model) return id
  return lang === 'en' ? model.name_en || model.name : model.name
}

export const orderColumns: Column<Order>[] = [
  { title: 'orders.lines', render: ({ lines }) => <Lines lines={lines} /> },
  { title: 'orders.state', render: ({ state }) => <Status area="order_state" state={state} /> },
  { title: 'terminals.store', render: ({ store }) => <Named id={store} /> },
  { title: 'orders.once', right: true, render: ({ once_fen }) => <Money fen={once_fen} /> },
  { title: 'orders.monthly', right: true, render: ({ monthly_fen }) => <Money fen={monthly_fen} /> },
  { title: 'orders.placed', render: ({ created_at }) => <Ago at={created_at} /> },
]

function Lines({ lines }: { lines: Order['lines'] }) {
  return (
    <>
      {lines.map(({ model, count }) => (
        <div key={model}>
          <ModelName id={model} /> × {count}
        </div>
      ))}
    </>
  )
}

/** OrderFacts tells what was ordered, how far it is and where it goes. */
export function OrderFacts({ order }: { order: OrderDetail }) {
  const { t, word } = useWords()
  const at = course.indexOf(order.state as (typeof course)[number])
  const passed = new Map(order.course.map((one) => [one.state as string, one.at]))
  const moments: Moment[] = course.map((step, index) => ({
    id: step,
    at: passed.get(step),
    title: word('order_state', step),
    note: step === 'shipped' && order.tracking ? `${order.carrier} · ${order.tracking}` : undefined,
    tone: index < at ? 'good' : index === at ? (step === 'received' ? 'good' : 'info') : 'plain',
  }))
  const gone: Moment[] = order.course.map(({ state, at }) => ({
    id: state,
    at,
    title: word('order_state', state),
    note: state === 'cancelled' ? order.note : undefined,
    tone: state === 'cancelled' ? 'bad' : 'good',
  }))
  return (
    <>
      <Status area="order_state" state={order.state} />
      <Facts
        items={[
          ['orders.lines', <Lines key="lines" lines={order.lines} />],
          ['orders.once', <Money key="once" fen={order.once_fen} />],
          ['orders.monthly', <Money key="monthly" fen={order.monthly_fen} />],
          ['common.merchant', <Named key="merchant" id={order.merchant} />],
          ['terminals.store', <Named key="store" id={order.store} />],
          ['orders.contact', `${order.contact.name} · ${order.contact.phone}`],
          [
            'orders.address',
            <span key="address">
              <AreaName code={order.contact.area} /> {order.contact.address}
            </span>,
          ],
          ...(order.note ? [['orders.note', order.note] as ['orders.note', string]] : []),
          ['account.id', <Code key="id">{order.id}</Code>],
        ]}
      />
      <h3>{t('orders.course')}</h3>
      <Timeline moments={order.state === 'cancelled' ? gone : moments} />
      <h3>{t('orders.items')}</h3>
      {order.items.length === 0 ? (
        <p className="faint">{t('orders.no_items')}</p>
      ) : (
        <ul className="rows">
          {order.items.map((item) => (
            <li key={item.unit}>
              <div>
                <strong className="figures">{item.number}</strong> <ModelName id={item.model} />
                <div className="faint">
                  <Code>{item.serial}</Code>
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
      <p className="faint">
        {t('orders.changed')} <Time at={order.changed_at} />
      </p>
    </>
  )
}
