import { Button, Form, Input } from 'antd'
import { useEffect, useState } from 'react'
import { useWords } from '../words/words'

const pauseSeconds = 60 // the API sends no two codes within it

/** CodeField takes a code that was sent, and has another one sent. */
export function CodeField({ again }: { again: () => Promise<unknown> }) {
  const { t } = useWords()
  const [left, setLeft] = useState(pauseSeconds)
  useEffect(() => {
    if (left === 0) return
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left])
  return (
    <Form.Item
      name="code"
      label={t('code.label')}
      rules={[{ required: true }, { pattern: /^\s*\d{6}\s*$/, message: t('code.form') }]}
      extra={
        <Button
          type="link"
          size="small"
          className="flush"
          disabled={left > 0}
          onClick={() => {
            setLeft(pauseSeconds)
            again().catch(() => setLeft(0)) // the page shows why
          }}
        >
          {left > 0 ? t('code.again_in', { seconds: left }) : t('code.again')}
        </Button>
      }
    >
      <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus />
    </Form.Item>
  )
}
