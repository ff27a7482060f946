import type { Row } from '../../shared/api/client'
import { CategoryName } from '../../shared/area/area_picker'
import { Facts, PageHeader } from '../../shared/ui/block'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'

type Merchant = Row<'/v1/merchants'>

const columns: Column<Merchant>[] = [
  { title: 'merchants.name', render: ({ name, id }) => name || <Code>{id}</Code> },
  { title: 'merchants.number', render: ({ number }) => <span className="figures">{number || '–'}</span> },
  { title: 'merchants.state', render: ({ state }) => <Status area="merchant_state" state={state} /> },
  { title: 'form_field.business.category', render: ({ category }) => <CategoryName code={category} /> },
]

/** Component lists the merchants that an agent holds. */
export function Component() {
  return (
    <>
      <PageHeader title="merchants.title" about="agents.merchants_about" />
      <ListPage
        name="merchants.title"
        address="/v1/merchants"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'choice', name: 'state', label: 'merchants.state', area: 'merchant_state', values: ['applying', 'active', 'suspended', 'closing', 'closed'] },
        ]}
        detail={{
          title: ({ name, id }) => name || id,
          body: (merchant) => (
            <div className="detail">
              <Status area="merchant_state" state={merchant.state} />
              <Facts
                items={[
                  ['merchants.number', <span key="number" className="figures">{merchant.number || '–'}</span>],
                  ['form_field.business.category', <CategoryName key="category" code={merchant.category} />],
                  ['merchants.approved', <Time key="approved" at={merchant.approved_at} />],
                  ['account.id', <Code key="id">{merchant.id}</Code>],
                ]}
              />
            </div>
          ),
        }}
        empty="agents.holds_none"
        files
      />
    </>
  )
}
