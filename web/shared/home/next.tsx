import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { call } from '../api/client'
import { Card } from '../ui/block'
import { useWords, type Key } from '../words/words'

/** Next leads the owner of a new merchant on: from the application to services, to a terminal. */
export function Next({ terminals }: { terminals: number }) {
  const { t } = useWords()
  const application = useQuery({
    queryKey: ['/v1/applications', 'latest'],
    queryFn: async ({ signal }) => (await call('get', '/v1/applications', { query: { limit: 1 }, signal })).data[0] ?? null,
  }).data
  const approved = application?.state === 'approved'
  const services = useQuery({
    queryKey: ['/v1/services', 'any'],
    queryFn: async ({ signal }) => (await call('get', '/v1/services', { query: { limit: 1 }, signal })).data.length,
    enabled: approved,
  }).data
  if (!application || application.purpose !== 'onboarding') return null
  const step = stepOf(application.state, services, terminals)
  if (!step) return null
  const [say, to] = step
  return (
    <div className="gap-bottom">
      <Card title={t('next.title')}>
        <div className="actions">
          <span>{t(say)}</span>
          <Link className="button" to={to}>
            {t('next.go')}
          </Link>
        </div>
      </Card>
    </div>
  )
}

/** stepOf tells what comes next and where, nothing where all is done or not known yet. */
function stepOf(state: string, services: number | undefined, terminals: number): [Key, string] | undefined {
  switch (state) {
    case 'draft':
      return ['next.apply', '/apply']
    case 'returned':
      return ['next.correct', '/apply']
    case 'submitted':
    case 'claimed':
      return ['next.wait', '/apply']
    case 'approved':
      if (services === 0) return ['next.services', '/services']
      return services && terminals === 0 ? ['next.order', '/orders/new'] : undefined
  }
}
