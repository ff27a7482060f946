import { statementColumns, statementFilters } from '../../shared/agent/agent'
import { useMe } from '../../shared/session/me'
import { PageHeader } from '../../shared/ui/block'
import { ListPage } from '../../shared/ui/list_page'

/** Component sums up what an agent earned, by day, month or merchant. */
export function Component() {
  const { agent = '' } = useMe()
  return (
    <>
      <PageHeader title="agents.statement" about="agents.statement_about" />
      <ListPage
        name="agents.statement"
        address="/v1/agents/{id}/statement"
        path={{ id: agent }}
        id={({ key }) => key}
        columns={statementColumns}
        filters={[...statementFilters]}
        empty="agents.nothing_earned"
        files
      />
    </>
  )
}
