import { PlusOutlined } from '../../shared/ui/icon'
import { Button } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { call, type Answer, type Row } from '../../shared/api/client'
import { AreaName } from '../../shared/area/area_picker'
import { useMay } from '../../shared/session/me'
import { PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Status } from '../../shared/ui/status'
import { useWords } from '../../shared/words/words'
import { bodyOf, Fields, type Firm } from '../agent/fields'

type Agent = Row<'/v1/agents'>

const columns: Column<Agent>[] = [
  { title: 'agents.name', render: ({ id, name }) => <Link to={`/agents/${id}`}>{name}</Link> },
  { title: 'agents.state', render: ({ state }) => <Status area="agent_state" state={state} /> },
  { title: 'agents.area', render: ({ area }) => <AreaName code={area} /> },
  { title: 'agents.level', render: ({ upper }) => <Level upper={upper} /> },
  { title: 'agents.registered_until', render: ({ registered_until }) => registered_until || '–' },
]

function Level({ upper }: { upper: string }) {
  const { t } = useWords()
  return t(upper ? 'agents.second_level' : 'agents.first_level')
}

/** Component lists the firms that bring merchants. A new one is a draft until two people open it. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  return (
    <>
      <PageHeader
        title="agents.title"
        about="agents.about"
        actions={
          may('agent.manage') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t('agents.add')}
            </Button>
          )
        }
      />
      <ListPage
        name="agents.title"
        address="/v1/agents"
        id={({ id }) => id}
        columns={columns}
        filters={[{ kind: 'choice', name: 'state', label: 'agents.state', area: 'agent_state', values: ['draft', 'active', 'suspended', 'ended'] }]}
        empty="agents.none"
        files
      />
      {adding && (
        <FormModal<Firm, Answer<'/v1/agents/{id}'>>
          title="agents.add"
          verb="common.save"
          about="agents.add_about"
          width={640}
          refresh={['/v1/agents']}
          run={(firm, intent) => call('post', '/v1/agents', { body: bodyOf(firm), intent })}
          done={({ id }) => void navigate(`/agents/${id}`)}
          close={() => setAdding(false)}
        >
          <Fields draft />
        </FormModal>
      )}
    </>
  )
}
