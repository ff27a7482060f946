import { Link } from 'react-router'
import { PageHeader } from '../../shared/ui/block'
import { ListPage } from '../../shared/ui/list_page'
import { useWords } from '../../shared/words/words'
import { loadMerchant, merchantColumns, MerchantDrawer } from '../application/merchant'

/** Component lists merchants with a license, a card or a verification that ends, the soonest first. */
export function Component() {
  const { t } = useWords()
  return (
    <>
      <PageHeader
        title="merchants.expiring"
        about="merchants.expiring_about"
        actions={
          <Link className="button" to="/merchants">
            {t('merchants.all')}
          </Link>
        }
      />
      <ListPage
        name="merchants.expiring"
        address="/v1/merchants/expiring"
        id={({ id }) => id}
        columns={merchantColumns}
        filters={[{ kind: 'text', name: 'days', label: 'merchants.days' }]}
        detail={{
          title: ({ name, id }) => name || id,
          body: ({ id }) => <MerchantDrawer id={id} />,
          load: loadMerchant,
        }}
        empty="merchants.none_expiring"
        files
      />
    </>
  )
}
