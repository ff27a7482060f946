import { CopyOutlined } from '../ui/icon'
import { Alert, App, Button, Checkbox } from 'antd'
import { useState } from 'react'
import { useWords } from '../words/words'

/** RecoveryCodes shows the codes once; the person says that they are kept before they go. */
export function RecoveryCodes({ codes, done }: { codes: string[]; done: () => unknown }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const [kept, setKept] = useState(false)
  const copy = () => navigator.clipboard.writeText(codes.join('\n')).then(() => message.success(t('common.copied')))
  return (
    <>
      <Alert type="warning" showIcon title={t('recovery.once')} className="gap-bottom" />
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>
          {t('common.copy')}
        </Button>
      </p>
      <p>
        <Checkbox checked={kept} onChange={(event) => setKept(event.target.checked)}>
          {t('recovery.kept')}
        </Checkbox>
      </p>
      <Button type="primary" block disabled={!kept} onClick={() => void done()}>
        {t('common.continue')}
      </Button>
    </>
  )
}
