import { useQuery } from '@tanstack/react-query'
import { Button, Skeleton } from 'antd'
import { useCallback } from 'react'
import { Link } from 'react-router'
import { call, type Answer } from '../api/client'
import { asProblem } from '../api/problem'
import { formatMoney } from '../format/money'
import { usePoll } from '../live/live'
import { useMay, useMe } from '../session/me'
import { Card, EmptyState, Figure, PageHeader } from '../ui/block'
import { Chart } from '../ui/chart'
import { ProblemAlert } from '../ui/problem_alert'
import { Money } from '../ui/value'
import { useWords } from '../words/words'
import { Next } from './next'

type Dashboard = Answer<'/v1/dashboard'>

const againMs = 30_000 // the API may answer with figures of some seconds ago, which the last event does not tell

/** Component is the day at a glance, for the platform or for one merchant: the API knows whose. */
export function Component() {
  const { t } = useWords()
  const poll = usePoll()
  const { data, error, refetch } = useQuery({
    queryKey: ['/v1/dashboard'],
    queryFn: ({ signal }) => call('get', '/v1/dashboard', { signal }),
    refetchInterval: ({ state }) => (state.error ? false : poll || againMs),
  })
  return (
    <>
      <PageHeader
        title="home.title"
        actions={
          data && (
            <span className="faint">
              {t('home.business_date')} <time dateTime={data.date}>{data.date}</time>
            </span>
          )
        }
      />
      {error && (
        <ProblemAlert problem={asProblem(error)} retry={<Button onClick={() => void refetch()}>{t('common.retry')}</Button>} />
      )}
      {data ? <Figures day={data} /> : !error && <Skeleton active paragraph={{ rows: 10 }} />}
    </>
  )
}

function Figures({ day }: { day: Dashboard }) {
  const { t } = useWords()
  const may = useMay()
  const { user } = useMe()
  const { takings, yesterday, approval, waiting, terminals } = day
  const answered = approval ? approval.approved + approval.declined + approval.refused : 0
  return (
    <>
      {user.realm === 'merchant' && may('application.edit') && <Next terminals={terminals?.total ?? 0} />}
      <div className="figures-row">
        <Figure
          name={t('home.takings')}
          value={<Money fen={takings.amount_fen} currency={day.currency} />}
          note={
            yesterday && (
              <>
                {t('home.yesterday')} <Money fen={yesterday.amount_fen} currency={day.currency} />
              </>
            )
          }
        />
        <Figure name={t('home.count')} value={takings.count} note={yesterday && `${t('home.yesterday')} ${yesterday.count}`} />
        {approval && (
          <Figure
            name={t('home.approval')}
            value={answered > 0 ? percent(approval.approved, answered) : '–'}
            note={t('home.approval_note', { declined: approval.declined, refused: approval.refused })}
          />
        )}
        {terminals && (
          <Figure
            name={t('home.terminals')}
            value={t('home.of', { part: terminals.online, whole: terminals.total })}
            note={t('home.offline', { count: terminals.total - terminals.online })}
          />
        )}
        {waiting && (
          <Figure
            name={t('home.applications')}
            value={waiting.submitted + waiting.claimed}
            note={t('home.applications_note', { count: waiting.submitted })}
          />
        )}
        {waiting && may('approval.decide') && (
          <Figure
            name={t('home.proposals')}
            value={waiting.proposals}
            to={<Link to="/proposals?state=open">{t('home.see')}</Link>}
          />
        )}
      </div>
      <div className="columns columns-wide">
        {day.hours.length > 0 && (
          <Card title={t('home.by_hour')}>
            <Hours day={day} />
          </Card>
        )}
        <Card title={t('home.by_rail')}>
          <Rails day={day} />
        </Card>
      </div>
    </>
  )
}

function Hours({ day }: { day: Dashboard }) {
  const { t } = useWords()
  const show = useCallback((fen: number) => formatMoney(Math.round(fen), day.currency), [day.currency])
  const { hours } = day
  if (hours.every(({ amount_fen }) => amount_fen === 0)) return <EmptyState title="home.none" />
  return (
    <Chart
      name={t('home.by_hour')}
      labels={hours.map(({ hour }) => `${String(hour).padStart(2, '0')}:00`)}
      values={hours.map(({ amount_fen }) => amount_fen)}
      show={show}
    />
  )
}

function Rails({ day }: { day: Dashboard }) {
  const { t, word } = useWords()
  const { rails } = day
  const most = Math.max(...rails.map(({ amount_fen }) => amount_fen), 1)
  if (rails.length === 0) return <EmptyState title="home.none" />
  return (
    <ul className="bars">
      {rails.map(({ rail, amount_fen, count }) => (
        <li key={rail}>
          <span className="bars-name">{word('rail', rail)}</span>
          <Money fen={amount_fen} currency={day.currency} />
          <span className="bars-track" aria-hidden>
            <span style={{ width: `${(amount_fen / most) * 100}%` }} />
          </span>
          <span className="faint">{t('home.payments', { count })}</span>
        </li>
      ))}
    </ul>
  )
}

/** percent writes a share with one decimal, rounded down: 100% is only what is whole. */
function percent(part: number, whole: number): string {
  const tenths = Math.floor((part * 1000) / whole)
  return `${Math.floor(tenths / 10)}.${tenths % 10}%`
}
