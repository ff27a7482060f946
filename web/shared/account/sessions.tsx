import { useQuery } from '@tanstack/react-query'
import { Button, Skeleton } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../api/client'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { Acts } from '../ui/acts'
import { Card } from '../ui/block'
import { Confirm } from '../ui/confirm'
import { ProblemAlert } from '../ui/problem_alert'
import { Tag } from '../ui/status'
import { Ago } from '../ui/value'
import { useWords } from '../words/words'

/** Sessions lists the devices that are signed in, each to be ended. */
export function Sessions() {
  const { t } = useWords()
  const [ending, setEnding] = useState<Row<'/v1/me/sessions'>>()
  const { data, error, isPending } = useQuery({
    queryKey: ['/v1/me/sessions'],
    queryFn: ({ signal }) => call('get', '/v1/me/sessions', { signal }),
  })
  const end = useAct((_: string, intent) => call('delete', '/v1/me/sessions/{id}', { path: { id: ending!.id }, intent }), {
    refresh: ['/v1/me/sessions'],
  })
  return (
    <Card title={t('account.sessions')}>
      <p className="faint">{t('sessions.about')}</p>
      {error && <ProblemAlert problem={asProblem(error)} />}
      {isPending && <Skeleton active />}
      <ul className="rows">
        {(data?.data ?? []).map((session) => (
          <li key={session.id}>
            <div>
              <strong>{session.device}</strong> {session.current && <Tag tone="good">{t('sessions.this')}</Tag>}
              <div className="faint">
                {session.ip} · {t('sessions.last_used')} <Ago at={session.last_used_at} />
              </div>
            </div>
            {!session.current && (
              <Button danger onClick={() => setEnding(session)} aria-label={`${t('sessions.end')}: ${session.device}`}>
                {t('sessions.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {(data?.data ?? []).some(({ current }) => !current) && (
        <Acts
          refresh={['/v1/me/sessions']}
          deeds={[
            {
              title: 'sessions.end_others',
              about: 'sessions.end_others_about',
              danger: true,
              run: (_, intent) => call('delete', '/v1/me/sessions', { intent }),
            },
          ]}
        />
      )}
      <Confirm open={Boolean(ending)} title="sessions.end" verb="sessions.end" danger act={end} close={() => setEnding(undefined)}>
        <p>{t('sessions.end_about', { name: ending?.device ?? '' })}</p>
      </Confirm>
    </Card>
  )
}
