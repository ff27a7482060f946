import { call, type Answer, type Row } from '../api/client'
import { formatMoney } from '../format/money'
import { Fees, formatRate } from '../product/plan'
import { Card, EmptyState, Figure } from '../ui/block'
import type { Column } from '../ui/list_page'
import { Loaded } from '../ui/loaded'
import { Money } from '../ui/value'
import { useWords } from '../words/words'

export type Agent = Answer<'/v1/agents/{id}'>
export type Terms = Agent['versions'][number]
export type Totals = Answer<'/v1/agents/{id}/totals'>
type Line = Row<'/v1/agents/{id}/statement'>

export const loadAgent = (id: string, signal: AbortSignal) => call('get', '/v1/agents/{id}', { path: { id }, signal })

/** Shares says what share of fees an agent has, by payment service and date. */
export function Shares({ versions }: { versions: readonly Terms[] }) {
  const { t, word } = useWords()
  if (versions.length === 0) return <EmptyState title="agents.no_terms" />
  return (
    <>
      {[...versions].reverse().map(({ from, terms }) => (
        <section key={from}>
          <h3>{t('agents.from', { date: from })}</h3>
          <ul className="plain">
            {terms.map((term) => (
              <li key={term.service}>
                <div>
                  <strong>{word('service_kind', term.service)}</strong>
                  {term.prices.length > 0 ? (
                    <>
                      <div className="faint">{t('agents.above_price')}</div>
                      <Fees fees={term.prices} />
                    </>
                  ) : (
                    <div className="faint">{t('agents.part_of_fee', { part: formatRate(term.part_ppm) })}</div>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

/** Earned shows what an agent earned over the last month, and what is owed to it. */
export function Earned({ id }: { id: string }) {
  return (
    <Loaded name={['/v1/agents', 'totals', id]} load={(signal) => call('get', '/v1/agents/{id}/totals', { path: { id }, signal })}>
      {(earned) => <EarnedFigures earned={earned} />}
    </Loaded>
  )
}

function EarnedFigures({ earned }: { earned: Totals }) {
  const { t } = useWords()
  const { totals, payable_fen, merchants_held } = earned
  return (
    <div className="figures-row">
      <Figure name={t('agents.payable')} value={<Money fen={payable_fen} />} note={t(payable_fen < 0 ? 'agents.owes' : 'agents.payable_note')} />
      <Figure
        name={t('agents.net')}
        value={<Money fen={totals.net_fen} />}
        note={t('agents.net_note', { share: formatMoney(totals.share_fen), back: formatMoney(totals.back_fen) })}
      />
      <Figure name={t('agents.amount')} value={<Money fen={totals.amount_fen} />} note={t('agents.payments', { count: totals.payments })} />
      <Figure name={t('agents.held')} value={merchants_held} note={t('agents.sold', { count: totals.merchants })} />
    </div>
  )
}

/** Versions is a card with the shares. */
export function VersionsCard({ versions, extra }: { versions: readonly Terms[]; extra?: React.ReactNode }) {
  const { t } = useWords()
  return (
    <Card title={t('agents.shares')} extra={extra}>
      <Shares versions={versions} />
    </Card>
  )
}

/** statementFilters narrow a statement. */
export const statementFilters = [
  { kind: 'choice', name: 'by', label: 'agents.by', area: 'agent_by', values: ['day', 'month', 'merchant'] },
  { kind: 'text', name: 'from', label: 'agents.first_day', hint: 'agents.date_hint' },
  { kind: 'text', name: 'to', label: 'agents.last_day', hint: 'agents.date_hint' },
] as const

export const statementColumns: Column<Line>[] = [
  { title: 'agents.line', render: ({ key }) => <span className="figures">{key}</span> },
  { title: 'agents.count', right: true, render: ({ payments }) => payments },
  { title: 'agents.amount', right: true, render: ({ amount_fen }) => <Money fen={amount_fen} /> },
  { title: 'agents.returned', right: true, render: ({ returns_fen }) => <Money fen={returns_fen} /> },
  { title: 'agents.fee', right: true, render: ({ fee_fen }) => <Money fen={fee_fen} /> },
  { title: 'agents.share', right: true, render: ({ share_fen }) => <Money fen={share_fen} /> },
  { title: 'agents.back', right: true, render: ({ back_fen }) => <Money fen={back_fen} /> },
  { title: 'agents.net_share', right: true, render: ({ net_fen }) => <Money fen={net_fen} /> },
]
