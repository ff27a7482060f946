import { useQueryClient } from '@tanstack/react-query'
import { Segmented } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { FreshProvider } from '../session/fresh'
import { meQuery } from '../session/me'
import { useWords } from '../words/words'
import { Gate } from './gate'
import { inside } from './inside'
import { passkeysWork } from './passkey'
import { PasskeyEnroll } from './passkey_enroll'
import { TotpEnroll } from './totp_enroll'

/** Component has a person take a second factor before anything else: accounts of the platform need one. */
export function Component() {
  const { t } = useWords()
  const [address] = useSearchParams()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [kind, setKind] = useState<'totp' | 'passkey'>('totp')
  const done = async () => {
    await client.fetchQuery({ ...meQuery, staleTime: 0 })
    await navigate(inside(address.get('to')), { replace: true })
  }
  return (
    <FreshProvider>
      <Gate title="enroll.title" about={t('enroll.about')}>
        {passkeysWork() && (
          <Segmented
            block
            className="gap-bottom"
            aria-label={t('enroll.title')}
            value={kind}
            onChange={setKind}
            options={[
              { value: 'totp', label: t('factor.totp') },
              { value: 'passkey', label: t('factor.passkey') },
            ]}
          />
        )}
        {kind === 'totp' ? <TotpEnroll done={done} /> : <PasskeyEnroll done={done} />}
      </Gate>
    </FreshProvider>
  )
}
