import { useQuery } from '@tanstack/react-query'
import { Button, Skeleton } from 'antd'
import type { ReactNode } from 'react'
import { asProblem } from '../api/problem'
import { useWords } from '../words/words'
import { ProblemAlert } from './problem_alert'

interface Props<T> {
  /** begins with the address of the API, by which acts refresh it */
  name: readonly string[]
  load: (signal: AbortSignal) => Promise<T>
  children: (data: T) => ReactNode
}

/** Loaded shows what it loads, a skeleton until then, and a way to try again. */
export function Loaded<T>({ name, load, children }: Props<T>) {
  const { t } = useWords()
  const { data, error, refetch } = useQuery({ queryKey: name, queryFn: ({ signal }) => load(signal) })
  if (data !== undefined) return children(data)
  if (!error) return <Skeleton active paragraph={{ rows: 6 }} />
  return (
    <ProblemAlert
      problem={asProblem(error)}
      retry={
        <Button size="small" onClick={() => void refetch()}>
          {t('common.retry')}
        </Button>
      }
    />
  )
}
