import { Link } from 'react-router'
import { useMay } from '../../shared/session/me'
import { PageHeader } from '../../shared/ui/block'
import { ListPage } from '../../shared/ui/list_page'
import { useWords } from '../../shared/words/words'
import { loadMerchant, merchantColumns, MerchantDrawer, merchantStates } from '../application/merchant'

/** Component lists every merchant, with what is known of it and what may be done about it. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  return (
    <>
      <PageHeader
        title="merchants.title"
        about="merchants.about"
        actions={
          <>
            {may('merchant.edit') && (
              <Link className="button" to="/merchants/import">
                {t('imports.title')}
              </Link>
            )}
            <Link className="button" to="/merchants/expiring">
              {t('merchants.expiring')}
            </Link>
          </>
        }
      />
      <ListPage
        name="merchants.title"
        address="/v1/merchants"
        id={({ id }) => id}
        columns={merchantColumns}
        filters={[
          { kind: 'choice', name: 'state', label: 'merchants.state', area: 'merchant_state', values: merchantStates },
          { kind: 'text', name: 'name', label: 'merchants.name', hint: 'review.name_hint' },
          { kind: 'text', name: 'number', label: 'merchants.number' },
          { kind: 'text', name: 'category', label: 'form_field.business.category' },
          { kind: 'text', name: 'agent', label: 'agents.one' },
        ]}
        detail={{
          title: ({ name, id }) => name || id,
          body: ({ id }) => <MerchantDrawer id={id} />,
          load: loadMerchant,
        }}
        empty="merchants.none"
        files
      />
    </>
  )
}
