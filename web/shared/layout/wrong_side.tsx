import { Button } from 'antd'
import { useSignOut } from '../session/sign_out'
import { useTitle } from '../ui/block'
import { useWords } from '../words/words'

/** WrongSide tells a person of the platform that they are at the merchants' door, or the other way round. */
export function WrongSide({ realm }: { realm: string }) {
  const { t } = useWords()
  const signOut = useSignOut()
  useTitle(t('wrong_side.title'))
  const platform = realm === 'platform'
  return (
    <main className="message">
      <h1>{t('wrong_side.title')}</h1>
      <p>{t('wrong_side.about')}</p>
      <p className="actions">
        <Button type="primary" href={platform ? '/console/' : '/portal/'}>
          {platform ? t('side.console') : t('side.portal')}
        </Button>
        <Button onClick={() => signOut.mutate()}>{t('account.sign_out')}</Button>
      </p>
    </main>
  )
}
