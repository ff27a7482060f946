import { Earned, loadAgent, VersionsCard } from '../../shared/agent/agent'
import { useMe } from '../../shared/session/me'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { Loaded } from '../../shared/ui/loaded'
import { Status } from '../../shared/ui/status'

/** Component is what an agent's people see first: what is owed to them, and on what terms. */
export function Component() {
  const { agent = '' } = useMe()
  return (
    <>
      <PageHeader title="home.title" about="agents.home_about" />
      <Earned id={agent} />
      <Loaded name={['/v1/agents', agent]} load={(signal) => loadAgent(agent, signal)}>
        {(one) => (
          <div className="columns columns-wide">
            <VersionsCard versions={one.versions} />
            <Card title={one.name} extra={<Status area="agent_state" state={one.state} />}>
              <Facts
                items={[
                  ['agents.credit_code', one.credit_code],
                  ['agents.registration', one.registration || '–'],
                  ['agents.registered_until', one.registered_until || '–'],
                  ['agents.contact', one.contact],
                  ['agents.account', one.account ? `${one.account_bank} ${one.account}` : '–'],
                ]}
              />
            </Card>
          </div>
        )}
      </Loaded>
    </>
  )
}
