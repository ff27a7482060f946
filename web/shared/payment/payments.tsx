import { useState } from 'react'
import { Alert, Button } from 'antd'
import { call, type Answer, type Row } from '../api/client'
import { useMay, useMe } from '../session/me'
import { Report } from '../ticket/ask'
import { Facts, PageHeader } from '../ui/block'
import { FilePdfOutlined, PictureOutlined } from '../ui/icon'
import { ListPage, type Column } from '../ui/list_page'
import { Loaded } from '../ui/loaded'
import { Named } from '../ui/named'
import { Status } from '../ui/status'
import { Timeline } from '../ui/timeline'
import { Code, Money, Nothing, Time } from '../ui/value'
import { useWords, type Key } from '../words/words'
import { Means, PaymentStatus } from './means'
import { CodeActs } from './refund'

type Payment = Row<'/v1/payments'>
type Detail = Answer<'/v1/payments/{id}'>
type Operation = Detail['operations'][number]

const states = ['captured', 'waiting', 'authorized', 'unknown', 'voided', 'reversed', 'expired', 'declined', 'refused', 'closed', 'manual'] as const

/** amountOf is what a payment is about: what was collected, else what is held, else what was asked for. */
const amountOf = ({ captured_fen, held_fen, requested_fen }: Payment) => captured_fen || held_fen || requested_fen

const columns: Column<Payment>[] = [
  { title: 'payments.time', render: ({ created_at }) => <Time at={created_at} /> },
  { title: 'payments.amount', right: true, render: (payment) => <Money fen={amountOf(payment)} currency={payment.currency} /> },
  { title: 'payments.state', render: (payment) => <PaymentStatus of={payment} /> },
  { title: 'payments.card', render: (payment) => <Means of={payment} /> },
  { title: 'payments.refunded', right: true, render: ({ refunded_fen, currency }) => (refunded_fen ? <Money fen={-refunded_fen} currency={currency} /> : <Nothing />) },
]
const ofStaff: Column<Payment> = { title: 'common.merchant', render: ({ merchant }) => <Named id={merchant} /> }
const ofShop: Column<Payment> = { title: 'payments.store', render: ({ store }) => <Named id={store || undefined} /> }

const load = (id: string, signal: AbortSignal) => call('get', '/v1/payments/{id}', { path: { id }, signal })

/** Component lists payments: a merchant's own, or for staff those of all. */
export function Component() {
  const staff = useMe().user.realm === 'platform'
  const { t } = useWords()
  return (
    <>
      <PageHeader title="payments.title" about="payments.about" />
      <ListPage
        name="payments.title"
        address="/v1/payments"
        id={({ id }) => id}
        columns={[...columns, staff ? ofStaff : ofShop]}
        filters={[
          { kind: 'days', label: 'payments.time' },
          { kind: 'choice', name: 'state', label: 'payments.state', area: 'payment_state', values: states },
          { kind: 'text', name: 'terminal', label: 'payments.terminal', hint: 'payments.terminal_hint' },
          ...(staff ? [{ kind: 'text', name: 'merchant', label: 'common.merchant' } as const] : []),
          { kind: 'text', name: 'reference', label: 'payments.reference', hint: 'payments.reference_hint' },
        ]}
        detail={{
          title: (payment) => t('payments.one', { rest: payment.id.slice(-6) }),
          body: ({ id }) => (
            <Loaded name={['/v1/payments', 'detail', id]} load={(signal) => load(id, signal)}>
              {(payment) => <PaymentDetail payment={payment} staff={staff} />}
            </Loaded>
          ),
          load,
        }}
        empty="payments.none"
        files
      />
    </>
  )
}

type Fact = [Key, React.ReactNode]

/** codeFacts tells what a payment by code has beside its amounts. */
function codeFacts(code: NonNullable<Detail['code']>, currency: string): Fact[] {
  const facts: [Key, React.ReactNode][] = [
    ['payments.wallet_number', code.number && <Code>{code.number}</Code>],
    ['payments.paid', code.paid_fen > 0 && <Money fen={code.paid_fen} currency={currency} />],
    ['payments.coupon', code.coupon_fen > 0 && <Money fen={code.coupon_fen} currency={currency} />],
    ['payments.payer', code.payer],
    ['payments.payer_bank', code.bank],
    ['payments.paid_at', code.paid_at && <Time at={code.paid_at} />],
    ['payments.source', <Source key="source" of={code.source} late={code.late} />],
    ['payments.own_reference', code.reference],
  ]
  return facts.filter(([, value]) => value)
}

/** Source tells where a payment by code was asked for, and that it came after its end where it did. */
function Source({ of, late }: { of: string; late: boolean }) {
  const { t, word } = useWords()
  return (
    <>
      {word('code_source', of)} {late && <span className="faint">{t('payments.late')}</span>}
    </>
  )
}

function PaymentDetail({ payment, staff }: { payment: Detail; staff: boolean }) {
  const { t, word } = useWords()
  const may = useMay()
  const { currency } = payment
  const amounts: [Key, number | null][] = [
    ['payments.requested', payment.requested_fen], ['payments.held', payment.held_fen], ['payments.collected', payment.captured_fen],
    ['payments.tip', payment.tip_fen], ['payments.refunded', -payment.refunded_fen], ['payments.refunding', -payment.refunding_fen], ['payments.fee', payment.fee_fen && -payment.fee_fen],
  ]
  const cardFacts: Fact[] = [
    ['payments.number', <span key="number" className="figures">{payment.card}</span>],
    ['payments.issuer', [payment.issuer, payment.organization, payment.card_kind && word('card_kind', payment.card_kind)].filter(Boolean).join(' · ') || '–'],
  ]
  return (
    <div className="detail">
      <p className="detail-amount">
        <Money fen={amountOf(payment)} currency={currency} /> <PaymentStatus of={payment} />
      </p>
      {payment.operations.some(({ state }) => state === 'manual') && (
        <Alert type="warning" showIcon className="gap-bottom" title={t('payments.manual')} description={t(staff ? 'payments.manual_staff' : 'payments.manual_shop')} />
      )}
      <Facts
        items={[
          ...amounts.filter(([, fen]) => fen).map(([name, fen]): [Key, React.ReactNode] => [name, <Money key={name} fen={fen!} currency={currency} />]),
          ['payments.card', <Means key="card" of={payment} />],
          ...(payment.code ? codeFacts(payment.code, currency) : cardFacts),
          ...(staff ? [['common.merchant', <Named key="merchant" id={payment.merchant} whole />] as Fact] : []),
          ['payments.store', <Named key="store" id={payment.store || undefined} />],
          ...(payment.terminal_number ? [['payments.terminal', <span key="terminal" className="figures">{payment.terminal_number}</span>] as Fact] : []),
          ['payments.time', <Time key="time" at={payment.created_at} />],
          ['payments.business_date', payment.business_date],
          ['account.id', <Code key="id">{payment.id}</Code>],
        ]}
      />
      <h3>{t('payments.course')}</h3>
      <Timeline
        moments={payment.operations.map((operation) => ({
          id: operation.id,
          at: operation.at,
          tone: operation.state === 'approved' ? ('good' as const) : operation.state === 'declined' || operation.state === 'refused' ? ('bad' as const) : ('warn' as const),
          title: (
            <>
              {payment.code && operation.kind === 'refund' ? t('refund.title') : word('operation_kind', operation.kind)} <Money fen={operation.approved_fen || operation.amount_fen} currency={currency} />{' '}
              <Status area="operation_state" state={operation.state} />
            </>
          ),
          note: <Course of={operation} payment={payment} />,
        }))}
      />
      {!staff && (
        <div className="actions detail-actions">
          <CodeActs of={payment} />
          {may('ticket.open') && <Report about={{ category: 'payment', id: payment.id, name: t('payments.one', { rest: payment.id.slice(-6) }) }} />}
        </div>
      )}
    </div>
  )
}

/** Course tells how an act went: how it was answered, under which numbers, and its receipt. */
function Course({ of, payment }: { of: Operation; payment: Detail }) {
  const { t, lang, known } = useWords()
  const [shown, setShown] = useState(false)
  const paper = (copy: string, format: string) => `/v1/payments/${payment.id}/receipts/${of.id}?${new URLSearchParams({ copy, format, lang }).toString()}`
  const result = of.result && of.result !== 'approved' ? (known('payment_result', of.result) ?? known('problem', of.result) ?? of.result) : ''
  return (
    <>
      {result && (
        <p>
          {result} {of.rail_code && <span className="figures faint">{of.rail_code}</span>}
        </p>
      )}
      <p className="faint">
        {[
          of.rrn && t('payments.rrn', { number: of.rrn }), of.auth_code && t('payments.auth', { code: of.auth_code }),
          of.trace > 0 && t('payments.trace', { batch: String(of.batch).padStart(6, '0'), trace: String(of.trace).padStart(6, '0') }), of.cashier && t('payments.cashier', { number: of.cashier }),
          known('code_reason', of.reason),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {of.receipt && (
        <div className="actions">
          <Button size="small" icon={<PictureOutlined />} aria-expanded={shown} onClick={() => setShown(!shown)}>
            {t(payment.code ? 'payments.slip' : 'payments.receipt')}
          </Button>
          <Button size="small" icon={<FilePdfOutlined />} href={paper('cardholder', 'pdf')} target="_blank">
            {t(payment.code ? 'payments.slip_pdf' : 'payments.receipt_pdf')}
          </Button>
        </div>
      )}
      {shown && <img className="picture receipt gap-top" src={paper('merchant', 'png')} alt={t(payment.code ? 'payments.slip' : 'payments.receipt')} />}
    </>
  )
}
