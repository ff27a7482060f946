import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { call } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useMay } from '../../shared/session/me'
import { FormModal } from '../../shared/ui/form_modal'
import { Named } from '../../shared/ui/named'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { useWords } from '../../shared/words/words'
import { AgentSelect } from './agent_select'

interface Fields {
  agent: string
  from: string
  reason: string
}

/** HeldBy says which agent holds a merchant, who did before, and lets it pass to another with a second person's word. */
export function HeldBy({ merchant, agent }: { merchant: string; agent: string }) {
  const { t } = useWords()
  const may = useMay()
  const [moving, setMoving] = useState(false)
  const moves = useQuery({
    queryKey: ['/v1/merchants', 'agents', merchant],
    queryFn: ({ signal }) => call('get', '/v1/merchants/{id}/agents', { path: { id: merchant }, signal }),
  })
  const nameOf = (id: string) => (id ? <Named id={id} /> : t('agents.nobody'))
  return (
    <section>
      <h3>{t('agents.one')}</h3>
      <p>{agent ? <Link to={`/agents/${agent}`}>{nameOf(agent)}</Link> : t('agents.nobody')}</p>
      {moves.error && <ProblemAlert problem={asProblem(moves.error)} />}
      {(moves.data?.data ?? []).length > 0 && (
        <ul className="rows">
          {moves.data?.data.map((move) => (
            <li key={move.from}>
              <div>
                {t('agents.from', { date: move.from })}
                {': '}
                {nameOf(move.before)} → {nameOf(move.agent)}
                <div className="faint">{move.reason}</div>
              </div>
            </li>
          ))}
        </ul>
      )}
      {may('agent.manage') && <Button onClick={() => setMoving(true)}>{t('agents.move')}</Button>}
      {moving && (
        <FormModal<Fields, unknown>
          title="agents.move"
          verb="agents.ask"
          about="agents.move_about"
          said="agents.asked"
          refresh={['/v1/merchants', '/v1/proposals', '/v1/dashboard']}
          run={(body, intent) => call('post', '/v1/merchants/{id}/propose-agent', { path: { id: merchant }, body: { ...body, agent: body.agent ?? '' }, intent })}
          close={() => setMoving(false)}
        >
          <Form.Item name="agent" label={t('agents.move_to')} extra={t('agents.move_none')}>
            <AgentSelect fits={({ id }) => id !== agent} />
          </Form.Item>
          <Form.Item name="from" label={t('agents.from_date')} extra={t('agents.later_date')} rules={[{ required: true }]}>
            <Input maxLength={10} />
          </Form.Item>
          <Form.Item name="reason" label={t('confirm.reason')} rules={[{ required: true, whitespace: true }]}>
            <Input.TextArea rows={2} maxLength={500} />
          </Form.Item>
        </FormModal>
      )}
    </section>
  )
}
