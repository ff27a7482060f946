import { PlusOutlined } from '../../shared/ui/icon'
import { Link } from 'react-router'
import { call } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import { orderColumns, OrderFacts, orderStates, type OrderDetail } from '../../shared/terminal/order'
import { Acts } from '../../shared/ui/acts'
import { PageHeader } from '../../shared/ui/block'
import { ListPage } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { useWords } from '../../shared/words/words'

const load = (id: string, signal: AbortSignal) => call('get', '/v1/terminal-orders/{id}', { path: { id }, signal })

/** Component lists the merchant's orders of terminals, each with how far it is. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  return (
    <>
      <PageHeader
        title="orders.title"
        about="orders.about"
        actions={
          may('terminal.order') && (
            <Link to="/orders/new" className="button">
              <PlusOutlined aria-hidden /> {t('orders.new')}
            </Link>
          )
        }
      />
      <ListPage
        name="orders.title"
        address="/v1/terminal-orders"
        id={({ id }) => id}
        columns={orderColumns}
        filters={[{ kind: 'choice', name: 'state', label: 'orders.state', area: 'order_state', values: orderStates }]}
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
  const { t } = useWords()
  const may = useMay()
  const path = { id: order.id }
  return (
    <div className="detail">
      <OrderFacts order={order} />
      {order.state === 'received' &&
        order.items.map(({ terminal, number }) => (
          <p key={terminal}>
            <Link to={`/terminals?open=${terminal}`}>{t('orders.activate', { number })}</Link>
          </p>
        ))}
      {may('terminal.order') && (
        <Acts
          refresh={['/v1/terminal-orders', '/v1/terminals']}
          deeds={[
            order.state === 'shipped' && {
              title: 'orders.receive',
              about: 'orders.receive_about',
              primary: true,
              run: (_, intent) => call('post', '/v1/terminal-orders/{id}/receive', { path, intent }),
            },
            (order.state === 'placed' || order.state === 'approved') && {
              title: 'orders.cancel',
              about: 'orders.cancel_about',
              danger: true,
              reason: 'required',
              run: (note, intent) => call('post', '/v1/terminal-orders/{id}/cancel', { path, body: { note }, intent }),
            },
          ]}
        />
      )}
    </div>
  )
}
