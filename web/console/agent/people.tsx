import { UserAddOutlined } from '@ant-design/icons'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import type { Agent } from '../../shared/agent/agent'
import { RolesField } from '../../shared/account/roles_field'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Card, EmptyState } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { Chips, Status } from '../../shared/ui/status'
import { Ago } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Person = Row<'/v1/agents/{id}/people'>

const roles = ['agent_owner'] as const
const address = '/v1/agents/{id}/people'

/** Only the first page is shown: nobody has a hundred people log in for an agent. */
const load = (id: string, signal: AbortSignal) => call('get', address, { path: { id }, query: { limit: 100 }, signal })

/** People lists who logs in for an agent; staff who manage agents add a person and lock one. */
export function People({ agent }: { agent: Agent }) {
  const { t } = useWords()
  const may = useMay()
  const [adding, setAdding] = useState(false)
  if (!may('agent.manage')) return null
  return (
    <Card
      title={t('agents.people')}
      extra={
        agent.state !== 'ended' && (
          <Button icon={<UserAddOutlined />} onClick={() => setAdding(true)}>
            {t('agents.add_person')}
          </Button>
        )
      }
    >
      <Loaded name={[address, agent.id]} load={(signal) => load(agent.id, signal)}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState title="agents.no_people" />
          ) : (
            <ul className="plain people">
              {data.map((person) => (
                <PersonLine key={person.id} agent={agent.id} person={person} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding && <AddPerson agent={agent.id} close={() => setAdding(false)} />}
    </Card>
  )
}

function PersonLine({ agent, person }: { agent: string; person: Person }) {
  const { t } = useWords()
  const path = { id: agent, account: person.id }
  return (
    <li>
      <div>
        <strong>{person.name}</strong> <span className="faint">{person.login}</span>
        <div className="actions">
          <Status state={person.state} />
          <Chips area="role" values={person.roles} />
          <span className="faint">
            {person.password ? (
              <>
                {t('staff.last_login')} <Ago at={person.last_login_at} />
              </>
            ) : (
              t('agents.no_password')
            )}
          </span>
        </div>
      </div>
      <Acts
        refresh={[address]}
        deeds={[
          person.state === 'active' && {
            title: 'staff.lock',
            about: 'staff.lock_about',
            danger: true,
            reason: 'required',
            run: (reason, intent) => call('post', '/v1/agents/{id}/people/{account}/lock', { path, body: { reason }, intent }),
          },
          person.state === 'locked' && {
            title: 'staff.unlock',
            about: 'agents.unlock_about',
            reason: 'required',
            run: (reason, intent) => call('post', '/v1/agents/{id}/people/{account}/unlock', { path, body: { reason }, intent }),
          },
        ]}
      />
    </li>
  )
}

interface Fields {
  name: string
  login: string
  roles: string[]
}

function AddPerson({ agent, close }: { agent: string; close: () => void }) {
  const { t, lang } = useWords()
  return (
    <FormModal<Fields, unknown>
      title="agents.add_person"
      verb="agents.add_person"
      about="agents.add_person_about"
      said="agents.person_added"
      first={{ roles: [...roles] }}
      width={480}
      refresh={[address]}
      run={(fields, intent) => call('post', address, { path: { id: agent }, body: { ...fields, lang }, intent })}
      close={close}
    >
      <Form.Item name="name" label={t('account.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={60} autoFocus />
      </Form.Item>
      <Form.Item name="login" label={t('account.login')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={254} />
      </Form.Item>
      <RolesField roles={roles} />
    </FormModal>
  )
}
