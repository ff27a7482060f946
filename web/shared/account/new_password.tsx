import { Form, Input } from 'antd'
import { useWords } from '../words/words'

/** NewPassword is the field of a password that is chosen. It may be shown while typed, so it is asked for once. */
export function NewPassword({ min, name = 'password' }: { min: number; name?: string }) {
  const { t } = useWords()
  return (
    <Form.Item
      name={name}
      label={t('account.new_password')}
      extra={t('password.rule', { min })}
      rules={[{ required: true }, { min, message: t('password.rule', { min }) }]}
    >
      <Input.Password autoComplete="new-password" maxLength={128} />
    </Form.Item>
  )
}
