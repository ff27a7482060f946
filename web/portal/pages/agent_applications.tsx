import { PlusOutlined } from '../../shared/ui/icon'
import { Button, Form, Radio } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { call, type Answer, type Row } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import { PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Status } from '../../shared/ui/status'
import { Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Application = Row<'/v1/applications'>
const kinds = ['enterprise', 'individual', 'micro'] as const

function Name({ one }: { one: Application }) {
  const { t } = useWords()
  return <Link to={`/agent/applications/${one.id}`}>{one.name || t('agents.unnamed')}</Link>
}

const columns: Column<Application>[] = [
  { title: 'merchants.name', render: (one) => <Name one={one} /> },
  { title: 'merchants.state', render: ({ state }) => <Status area="application_state" state={state} /> },
  { title: 'apply.submitted', render: ({ submitted_at }) => <Time at={submitted_at} /> },
]

/** Component lists the applications of merchants that an agent brings, and begins another. */
export function Component() {
  const { t, word } = useWords()
  const may = useMay()
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  return (
    <>
      <PageHeader
        title="agents.applications"
        about="agents.applications_about"
        actions={
          may('application.edit') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t('agents.bring')}
            </Button>
          )
        }
      />
      <ListPage name="agents.applications" address="/v1/applications" id={({ id }) => id} columns={columns} empty="agents.no_applications" />
      {adding && (
        <FormModal<{ kind: (typeof kinds)[number] }, Answer<'/v1/applications', 'post'>>
          title="agents.bring"
          verb="apply.begin"
          first={{ kind: 'enterprise' }}
          refresh={['/v1/applications']}
          run={({ kind }, intent) => call('post', '/v1/applications', { body: { kind }, intent })}
          done={({ id }) => void navigate(`/agent/applications/${id}`)}
          close={() => setAdding(false)}
        >
          <Form.Item name="kind" label={t('apply.kind')}>
            <Radio.Group
              className="stack"
              options={kinds.map((value) => ({ value, label: `${word('merchant_kind', value)} · ${word('merchant_kind_about', value)}` }))}
            />
          </Form.Item>
        </FormModal>
      )}
    </>
  )
}
