import { Link, useParams } from 'react-router'
import { call } from '../../shared/api/client'
import { PageHeader } from '../../shared/ui/block'
import { Loaded } from '../../shared/ui/loaded'
import { Named } from '../../shared/ui/named'
import { useWords } from '../../shared/words/words'
import { WalletAccount } from '../wallet/account'

/** Component keeps the accounts with wallets, of the operator or of one merchant. */
export function Component() {
  const { t } = useWords()
  const { owner = 'operator' } = useParams()
  const ours = owner === 'operator'
  return (
    <>
      <PageHeader title={ours ? 'wallets.title' : 'wallets.of_merchant'} about={ours ? 'wallets.about' : 'wallets.about_merchant'} />
      {!ours && (
        <p className="gap-bottom">
          <Link to={`/merchants?open=${owner}`}>
            <Named id={owner} />
          </Link>{' '}
          · <Link to="/wallets">{t('wallets.title')}</Link>
        </p>
      )}
      <Loaded
        key={owner}
        name={['/v1/wallets', owner]}
        load={(signal) => call('get', '/v1/wallets/{owner}', { path: { owner }, signal })}
      >
        {({ data }) => (
          <div className="columns">
            {data.map((account) => (
              <WalletAccount key={account.wallet} owner={owner} account={account} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  )
}
