import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { Navigate, Outlet, useLocation } from 'react-router'
import { asProblem } from '../api/problem'
import { LiveProvider } from '../live/live'
import { FreshProvider } from '../session/fresh'
import { useIdle } from '../session/idle'
import { meQuery } from '../session/me'
import { useSignOut } from '../session/sign_out'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'
import { Loading } from './loading'
import { useSide } from './side'
import { WrongSide } from './wrong_side'

/** Signed lets in who has a session on this side of the house, and leads others to the log-in page and back here. */
export function Signed() {
  const { t } = useWords()
  const { realms } = useSide()
  const { pathname, search } = useLocation()
  const { data: me, error, refetch } = useQuery(meQuery)
  const back = pathname === '/' ? '' : `?${new URLSearchParams({ to: pathname + search }).toString()}`
  if (error && me === undefined) {
    // The account must take a second factor before it can be used.
    if (asProblem(error).code === 'second_factor_required') return <Navigate to={`/enroll${back}`} replace />
    return (
      <div className="message">
        <ProblemAlert problem={asProblem(error)} retry={<Button onClick={() => void refetch()}>{t('common.retry')}</Button>} />
      </div>
    )
  }
  if (me === undefined) return <Loading />
  if (me === null) return <Navigate to={`/login${back}`} replace />
  if (!realms.includes(me.user.realm)) return <WrongSide realm={me.user.realm} />
  return (
    <FreshProvider>
      <LiveProvider>
        <Present />
      </LiveProvider>
    </FreshProvider>
  )
}

/** Present shows the pages for as long as somebody is there. */
function Present() {
  const signOut = useSignOut()
  useIdle(() => signOut.isIdle && signOut.mutate())
  return <Outlet />
}
