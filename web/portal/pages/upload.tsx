import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Skeleton } from 'antd'
import { useParams } from 'react-router'
import { Gate } from '../../shared/account/gate'
import { call } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { send } from '../../shared/api/send'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Upload } from '../../shared/ui/upload'
import { useWords } from '../../shared/words/words'

/** Component takes one paper from a telephone: whoever scanned the code of an application may add what it is for, once. */
export function Component() {
  const { t, word } = useWords()
  const client = useQueryClient()
  const { application = '', token = '' } = useParams()
  const key = ['/v1/upload', application, token]
  const { data: ticket, error } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => call('get', '/v1/upload/{application}/{token}', { path: { application, token }, signal }),
  })
  return (
    <Gate title="phone.title" about={ticket?.state === 'open' ? t('phone.about') : undefined}>
      {error ? (
        <ProblemAlert problem={asProblem(error)} />
      ) : !ticket ? (
        <Skeleton active />
      ) : ticket.state === 'open' ? (
        <Upload
          label={word('paper', ticket.kind)}
          kinds={['jpeg', 'png', 'pdf']}
          maxBytes={10 * 1_048_576}
          send={(file, progress, signal) => send(`/v1/upload/${application}/${token}`, file, progress, signal)}
          done={() => void client.invalidateQueries({ queryKey: key })}
        />
      ) : (
        <Alert
          type={ticket.state === 'used' ? 'success' : 'warning'}
          showIcon
          title={ticket.state === 'used' ? t('phone.done') : t('phone.over')}
        />
      )}
    </Gate>
  )
}
