import { CopyOutlined, PlusOutlined } from '../../shared/ui/icon'
import { Alert, App, Button } from 'antd'
import { Link } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import {
  loadTerminal, terminalColumns, TerminalFacts, terminalStates, type Detail,
} from '../../shared/terminal/terminal'
import { Report } from '../../shared/ticket/ask'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { ListPage } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

/** Component lists the merchant's terminals, and brings each to work. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  return (
    <>
      <PageHeader
        title="terminals.title"
        about="terminals.about"
        actions={
          may('terminal.order') && (
            <Link to="/orders/new" className="button">
              <PlusOutlined aria-hidden /> {t('orders.new')}
            </Link>
          )
        }
      />
      <ListPage
        name="terminals.title"
        address="/v1/terminals"
        id={({ id }) => id}
        columns={terminalColumns}
        filters={[
          { kind: 'choice', name: 'state', label: 'terminals.state', area: 'terminal_state', values: terminalStates },
          { kind: 'text', name: 'number', label: 'terminals.number' },
        ]}
        detail={{
          title: ({ number }) => t('terminals.one', { number }),
          body: ({ id }) => (
            <Loaded name={['/v1/terminals', 'detail', id]} load={(signal) => loadTerminal(id, signal)}>
              {(terminal) => <TerminalDetail terminal={terminal} />}
            </Loaded>
          ),
          load: loadTerminal,
        }}
        empty="terminals.none"
        files
      />
    </>
  )
}

function TerminalDetail({ terminal }: { terminal: Detail }) {
  const { t } = useWords()
  const may = useMay()
  const path = { id: terminal.id }
  const gone = terminal.state === 'retired' || terminal.state === 'lost'
  return (
    <div className="detail">
      {terminal.state === 'prepared' && may('terminal.order') && <Activation id={terminal.id} />}
      <TerminalFacts terminal={terminal} staff={false} />
      {!gone && (terminal.bindings.length > 0 || terminal.state === 'prepared') && (
        <>
          <h3>{t('connection.title')}</h3>
          <p className="faint">{t('connection.about')}</p>
          <Loaded
            name={['/v1/terminals', 'connection', terminal.id]}
            load={(signal) => call('get', '/v1/terminals/{id}/connection', { path, signal })}
          >
            {(connection) => <Connection of={connection} />}
          </Loaded>
        </>
      )}
      <div className="actions">
        {may('payment.view') && (
          <Link to={{ pathname: '/payments', search: new URLSearchParams({ terminal: terminal.number }).toString() }} className="button">
            {t('terminals.payments')}
          </Link>
        )}
        {may('ticket.open') && (
          <Report about={{ category: 'terminal', id: terminal.id, name: t('terminals.one', { number: terminal.number }) }} />
        )}
      </div>
      {may('terminal.order') && !gone && (
        <Acts
          refresh={['/v1/terminals']}
          deeds={[
            {
              title: 'terminals.lose',
              about: 'terminals.lose_about',
              danger: true,
              reason: 'required',
              run: (note, intent) => call('post', '/v1/terminals/{id}/lose', { path, body: { note }, intent }),
            },
          ]}
        />
      )}
    </div>
  )
}

/** Connection is what to type into the device. */
function Connection({ of }: { of: Answer<'/v1/terminals/{id}/connection'> }) {
  const { t, word } = useWords()
  return (
    <Facts
      items={[
        ['connection.address', <Code key="address">{of.address}</Code>],
        ['connection.tls', t(of.tls ? 'connection.tls_on' : 'connection.tls_off')],
        ['connection.tpdu', <Code key="tpdu">{of.tpdu}</Code>],
        ['connection.merchant', <Code key="merchant">{of.merchant}</Code>],
        ['connection.terminal', <Code key="terminal">{of.terminal}</Code>],
        ['connection.acquirer', <Code key="acquirer">{of.acquirer}</Code>],
        ['connection.name', of.merchant_name],
        ['connection.profile', word('profile', of.profile)],
      ]}
    />
  )
}

/** Activation shows the code that the device asks for, once and large. */
function Activation({ id }: { id: string }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const ask = useAct((_: void, intent) => call('post', '/v1/terminals/{id}/activation-code', { path: { id }, intent }))
  const code = ask.data?.code
  const copy = () => navigator.clipboard.writeText(code ?? '').then(() => message.success(t('common.copied')))
  return (
    <section className="activation" aria-label={t('activation.title')}>
      <h3>{t('activation.title')}</h3>
      <p className="faint">{t('activation.about')}</p>
      {ask.error && <ProblemAlert problem={asProblem(ask.error)} />}
      {code ? (
        <Alert
          type="info"
          role="status"
          title={<span className="activation-code">{code.replace(/(\d{4})(?=\d)/g, '$1 ')}</span>}
          description={
            <>
              {t('activation.until')} <Time at={ask.data?.until} />
            </>
          }
          action={
            <Button icon={<CopyOutlined />} onClick={() => void copy()}>
              {t('common.copy')}
            </Button>
          }
        />
      ) : (
        <Button type="primary" loading={ask.isPending} onClick={() => ask.mutate()}>
          {t('activation.show')}
        </Button>
      )}
    </section>
  )
}
