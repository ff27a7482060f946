import { Alert, App, Button, Modal } from 'antd'
import type { ReactNode } from 'react'
import { useWords, type Key } from '../words/words'
import { CopyOutlined } from './icon'

interface Props {
  title: Key
  about: Key
  secret: string
  close: () => void
  /** what else is needed with the secret */
  children?: ReactNode
}

/** OnceModal shows a secret that is shown this once: the platform cannot show it again. */
export function OnceModal({ title, about, secret, close, children }: Props) {
  const { t } = useWords()
  const { message } = App.useApp()
  const copy = () => navigator.clipboard.writeText(secret).then(() => message.success(t('common.copied')))
  return (
    <Modal
      open
      title={t(title)}
      onCancel={close}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={close}>
          {t('keys.kept')}
        </Button>
      }
      width={520}
    >
      <Alert type="warning" showIcon title={t(about)} />
      <p className="secret">
        <code>{secret}</code>
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>
          {t('common.copy')}
        </Button>
      </p>
      {children}
    </Modal>
  )
}
