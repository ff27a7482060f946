import type { Row } from '../../shared/api/client'
import { PageHeader } from '../../shared/ui/block'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'

const columns: Column<Row<'/v1/audit/logins'>>[] = [
  { title: 'logins.at', render: ({ created_at }) => <Time at={created_at} /> },
  { title: 'logins.login', render: ({ login }) => login || '–' },
  { title: 'logins.outcome', render: ({ outcome }) => <Status area="login_outcome" state={outcome} /> },
  { title: 'logins.device', render: ({ device }) => device },
  { title: 'logins.ip', render: ({ ip }) => <Code>{ip}</Code> },
]

/** Component is the history of log-ins and failures of everyone. */
export function Component() {
  return (
    <>
      <PageHeader title="logins.title" about="logins.about" />
      <ListPage
        name="logins.title"
        address="/v1/audit/logins"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'text', name: 'account', label: 'logins.account', hint: 'logins.account_hint' },
        ]}
        empty="logins.none"
        files
      />
    </>
  )
}
