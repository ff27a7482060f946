import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { call } from '../../shared/api/client'
import { AreaName } from '../../shared/area/area_picker'
import { Earned, loadAgent, statementColumns, statementFilters, VersionsCard, type Agent } from '../../shared/agent/agent'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { AccountFields, bodyOf, Fields, firmOf, type Firm } from '../agent/fields'
import { People } from '../agent/people'
import { EditTerms } from '../agent/terms'

/** Component shows one agent: who it is, its share of fees, what it earned, and what may be done. */
export function Component() {
  const { t } = useWords()
  const { id = '' } = useParams()
  return (
    <>
      <PageHeader
        title="agents.one"
        actions={
          <Link className="button" to="/agents">
            {t('agents.all')}
          </Link>
        }
      />
      <Loaded name={['/v1/agents', id]} load={(signal) => loadAgent(id, signal)}>
        {(agent) => <Shown agent={agent} />}
      </Loaded>
    </>
  )
}

const changed = ['/v1/agents', '/v1/proposals', '/v1/dashboard']

function Shown({ agent }: { agent: Agent }) {
  const { t } = useWords()
  const may = useMay()
  const [doing, setDoing] = useState<'change' | 'terms' | 'account'>()
  const manage = may('agent.manage') && agent.state !== 'ended'
  const close = () => setDoing(undefined)
  const path = { id: agent.id }
  return (
    <div className="stack-wide">
      {agent.state !== 'draft' && <Earned id={agent.id} />}
      <div className="columns columns-wide">
        <Card
          title={agent.name}
          extra={
            <span className="actions">
              <Status area="agent_state" state={agent.state} />
              {manage && <Button onClick={() => setDoing('change')}>{t('agents.change')}</Button>}
              {manage && agent.state !== 'draft' && <Button onClick={() => setDoing('account')}>{t('agents.change_account')}</Button>}
            </span>
          }
        >
          <Facts
            items={[
              ['agents.credit_code', agent.credit_code],
              ['agents.area', <AreaName key="area" code={agent.area} />],
              ['agents.registration', agent.registration || '–'],
              ['agents.registered_until', agent.registered_until || '–'],
              ['agents.upper', agent.upper ? <Link key="upper" to={`/agents/${agent.upper}`}>{agent.upper_name}</Link> : '–'],
              ['agents.contact', `${agent.contact} ${agent.phone}`],
              ['agents.email', agent.email || '–'],
              ['agents.account', agent.account ? `${agent.account_name} ${agent.account_bank} ${agent.account}` : '–'],
              ['agents.held', <Link key="held" to={`/merchants?agent=${agent.id}`}>{agent.merchants_held}</Link>],
              ['agents.since', <Time key="since" at={agent.created_at} />],
              ['account.id', <Code key="id">{agent.id}</Code>],
            ]}
          />
          {manage && (
            <Acts
              refresh={changed}
              deeds={[
                (agent.state === 'draft' || agent.state === 'suspended') && {
                  title: 'agents.open',
                  about: 'agents.open_about',
                  primary: true,
                  reason: 'required',
                  run: (note, intent) => call('post', '/v1/agents/{id}/propose-open', { path, body: { note }, intent }),
                },
                agent.state === 'active' && {
                  title: 'agents.suspend',
                  about: 'agents.suspend_about',
                  danger: true,
                  reason: 'required',
                  run: (note, intent) => call('post', '/v1/agents/{id}/suspend', { path, body: { note }, intent }),
                },
                agent.state !== 'draft' && {
                  title: 'agents.end',
                  about: 'agents.end_about',
                  danger: true,
                  reason: 'required',
                  run: (note, intent) => call('post', '/v1/agents/{id}/propose-end', { path, body: { note }, intent }),
                },
              ]}
            />
          )}
        </Card>
        <VersionsCard
          versions={agent.versions}
          extra={manage && <Button onClick={() => setDoing('terms')}>{t('agents.edit_terms')}</Button>}
        />
      </div>
      <People agent={agent} />
      {agent.state !== 'draft' && (
        <section>
          <h2>{t('agents.statement')}</h2>
          <ListPage
            name="agents.statement"
            address="/v1/agents/{id}/statement"
            path={path}
            id={({ key }) => key}
            columns={statementColumns}
            filters={[...statementFilters]}
            empty="agents.nothing_earned"
            files
          />
        </section>
      )}
      {doing === 'change' && <Change agent={agent} close={close} />}
      {doing === 'terms' && <EditTerms agent={agent} close={close} />}
      {doing === 'account' && <ChangeAccount agent={agent} close={close} />}
    </div>
  )
}

function Change({ agent, close }: { agent: Agent; close: () => void }) {
  const draft = agent.state === 'draft'
  return (
    <FormModal<Firm, Agent>
      title="agents.change"
      verb="common.save"
      about={draft ? 'agents.change_draft' : 'agents.change_open'}
      said="common.saved"
      width={640}
      first={firmOf(agent)}
      refresh={['/v1/agents']}
      run={(firm, intent) =>
        call('put', '/v1/agents/{id}', { path: { id: agent.id }, body: { ...bodyOf({ ...firmOf(agent), ...firm }), version: agent.version }, intent })
      }
      close={close}
    >
      <Fields draft={draft} />
    </FormModal>
  )
}

interface AccountOf {
  name: string
  number: string
  bank: string
  reason: string
}

function ChangeAccount({ agent, close }: { agent: Agent; close: () => void }) {
  const { t } = useWords()
  return (
    <FormModal<AccountOf, unknown>
      title="agents.change_account"
      verb="agents.ask"
      about="agents.account_about"
      said="agents.asked"
      first={{ name: agent.account_name, bank: agent.account_bank }}
      refresh={changed}
      run={(body, intent) => call('post', '/v1/agents/{id}/propose-account', { path: { id: agent.id }, body, intent })}
      close={close}
    >
      <AccountFields />
      <Form.Item name="reason" label={t('confirm.reason')} rules={[{ required: true, whitespace: true }]}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </FormModal>
  )
}
