import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { call, type Row } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { ProblemAlert } from '../../shared/ui/problem_alert'

type Agent = Row<'/v1/agents'>

const pageSize = 100 // as many as the API gives at once
const pagesMax = 50 // after which one no longer looks for an agent in a list

/** activeAgents reads every active agent, page by page. */
async function activeAgents(signal: AbortSignal): Promise<Agent[]> {
  const agents: Agent[] = []
  let cursor: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const answer = await call('get', '/v1/agents', { query: { state: 'active', limit: pageSize, cursor }, signal })
    agents.push(...answer.data)
    if (!answer.has_more) break
    cursor = answer.next_cursor
  }
  return agents
}

interface Props {
  id?: string
  value?: string
  onChange?: (agent?: string) => void
  /** fits tells which of the active agents may be chosen */
  fits: (agent: Agent) => boolean
}

/** AgentSelect chooses one of the active agents by a part of its name. */
export function AgentSelect({ id, value, onChange, fits }: Props) {
  const { data, error, isPending } = useQuery({ queryKey: ['/v1/agents', 'active'], queryFn: ({ signal }) => activeAgents(signal) })
  if (error) return <ProblemAlert problem={asProblem(error)} />
  return (
    <Select
      id={id}
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      loading={isPending}
      value={value}
      onChange={onChange}
      options={(data ?? []).filter(fits).map((one) => ({ value: one.id, label: one.name }))}
    />
  )
}
