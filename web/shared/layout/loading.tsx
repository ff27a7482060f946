import { Spin } from 'antd'
import { useWords } from '../words/words'

/** Loading fills the place of a page that is on its way. */
export function Loading() {
  const { t } = useWords()
  return (
    <div className="loading" role="status">
      <Spin size="large" />
      <span className="hidden-visually">{t('common.loading')}</span>
    </div>
  )
}
