import { useQuery } from '@tanstack/react-query'
import { Drawer, Skeleton } from 'antd'
import { asProblem, Problem } from '../api/problem'
import { useWords } from '../words/words'
import type { Detail } from './list_page'
import { ProblemAlert } from './problem_alert'

interface Props<R> {
  address: string
  id: string
  row?: R
  /** the list has answered: a row that is not in it must be loaded */
  settled: boolean
  detail: Detail<R>
  close: () => void
}

/** DetailDrawer shows one row of a list beside it. */
export function DetailDrawer<R>({ address, id, row, settled, detail, close }: Props<R>) {
  const { t } = useWords()
  const { load } = detail
  const loaded = useQuery({
    queryKey: [address, 'one', id],
    queryFn: ({ signal }) => load!(id, signal),
    enabled: !row && settled && load !== undefined,
  })
  const shown = row ?? loaded.data
  const missing = !shown && settled && (load ? loaded.error : new Problem(404, 'not_on_page', '', ''))
  return (
    <Drawer
      open
      onClose={close}
      size="min(560px, 100vw)"
      title={shown ? detail.title(shown) : t('common.detail')}
      closable={{ 'aria-label': t('common.close'), placement: 'end' }}
    >
      {shown ? detail.body(shown, close) : missing ? <ProblemAlert problem={asProblem(missing)} /> : <Skeleton active />}
    </Drawer>
  )
}
