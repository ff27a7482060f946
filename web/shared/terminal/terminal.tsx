import type { ReactNode } from 'react'
import { call, type Answer, type Row } from '../api/client'
import { Facts } from '../ui/block'
import type { Column } from '../ui/list_page'
import { Named } from '../ui/named'
import { Chips, Status, Tag } from '../ui/status'
import { Ago, Code, Time } from '../ui/value'
import { useWords, type Key } from '../words/words'

export type Terminal = Row<'/v1/terminals'>
export type Detail = Answer<'/v1/terminals/{id}'>

export const terminalStates = ['prepared', 'active', 'suspended', 'lost', 'retired'] as const

/** Online says whether the terminal was heard a moment ago. */
export function Online({ online }: { online: boolean }) {
  const { t } = useWords()
  return <Tag tone={online ? 'good' : 'plain'}>{t(online ? 'terminals.online' : 'terminals.offline')}</Tag>
}

/** Condition is the worst that the terminal said of itself. */
export function Condition({ worst }: { worst: string }) {
  const { t } = useWords()
  return worst ? <Status area="severity" state={worst} /> : <span className="faint">{t('terminals.untold')}</span>
}

export const terminalColumns: Column<Terminal>[] = [
  { title: 'terminals.number', render: ({ number }) => <span className="figures">{number}</span> },
  { title: 'terminals.state', render: ({ state }) => <Status area="terminal_state" state={state} /> },
  { title: 'terminals.presence', render: ({ online }) => <Online online={online} /> },
  { title: 'terminals.condition', render: ({ condition }) => <Condition worst={condition} /> },
  { title: 'terminals.serial', render: ({ serial }) => <Code>{serial || undefined}</Code> },
  { title: 'terminals.heard', render: ({ heard_at }) => <Ago at={heard_at} /> },
]

export const loadTerminal = (id: string, signal: AbortSignal) => call('get', '/v1/terminals/{id}', { path: { id }, signal })

/** TerminalFacts tells what is known of a terminal: presence, what it says of itself, and with whom it is bound. */
export function TerminalFacts({ terminal, staff }: { terminal: Detail; staff: boolean }) {
  const { t, word } = useWords()
  const more: [Key, ReactNode][] = staff
    ? [
        ['common.merchant', <Named key="merchant" id={terminal.merchant} whole />],
        ['terminals.group', terminal.group],
        ['terminals.pending', terminal.pending.length > 0 ? <Chips key="pending" area="parameter_kind" values={terminal.pending} /> : t('terminals.all_fetched')],
        ['terminals.key', t(terminal.has_key ? 'terminals.key_loaded' : 'terminals.key_missing')],
        ['terminals.verified', <Time key="verified" at={terminal.verified_at} />],
        ['terminals.network', <Code key="network">{terminal.address || undefined}</Code>],
      ]
    : []
  return (
    <>
      <span className="chips">
        <Status area="terminal_state" state={terminal.state} />
        <Online online={terminal.online} />
        {terminal.condition && <Condition worst={terminal.condition} />}
      </span>
      <Facts
        items={[
          ['terminals.serial', <Code key="serial">{terminal.serial || undefined}</Code>],
          ['terminals.store', <Named key="store" id={terminal.store} whole={staff} />],
          ...more,
          ['terminals.batch', terminal.batch || '–'],
          ['terminals.heard', <Time key="heard" at={terminal.heard_at} />],
          ['terminals.traded', <Time key="traded" at={terminal.traded_at} />],
          ['terminals.signed_in', terminal.signed_in ? <Time key="in" at={terminal.signed_in_at} /> : '–'],
          ['terminals.software', terminal.software || '–'],
          ...(terminal.reason ? [['terminals.reason', word('stop_reason', terminal.reason)] as [Key, ReactNode]] : []),
          ['account.id', <Code key="id">{terminal.id}</Code>],
        ]}
      />
      <h3>{t('terminals.findings')}</h3>
      {terminal.findings.length === 0 ? (
        <p className="faint">{t('terminals.untold')}</p>
      ) : (
        <ul className="rows">
          {terminal.findings.map(({ part, severity, word: says }) => (
            <li key={part}>
              <div>
                <strong>{word('part', part)}</strong> <span className="faint">{word('finding', says)}</span>
              </div>
              <Status area="severity" state={severity} />
            </li>
          ))}
        </ul>
      )}
      <h3>{t('terminals.wear')}</h3>
      <p>
        {t('terminals.worn', { swipes: terminal.wear.swipes, inserts: terminal.wear.inserts, taps: terminal.wear.taps })}{' '}
        <span className="faint">
          {t('terminals.worn_since')} <Time at={terminal.wear.since} />
        </span>
      </p>
      <h3>{t('terminals.bindings')}</h3>
      {terminal.bindings.length === 0 && <p className="faint">{t('terminals.unbound')}</p>}
      <ul className="rows">
        {terminal.bindings.map((binding) => (
          <li key={binding.version}>
            <div>
              <strong>{binding.merchant_name}</strong> <span className="figures">{binding.merchant_number}</span>
              <div className="faint">
                {binding.serial && <Code>{binding.serial}</Code>} {binding.address}
              </div>
              <div className="faint">
                <Time at={binding.from} /> – {binding.until ? <Time at={binding.until} /> : t('terminals.now')}
              </div>
              {binding.note && <div className="faint">{binding.note}</div>}
            </div>
            <Status area="report_state" state={binding.report} />
          </li>
        ))}
      </ul>
    </>
  )
}
