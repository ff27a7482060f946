import { Checkbox, Form } from 'antd'
import { atLeastOne } from '../ui/form'
import { useWords } from '../words/words'

/** RolesField chooses what a person may do; each role says what it is for. */
export function RolesField({ roles }: { roles: readonly string[] }) {
  const { t, word } = useWords()
  return (
    <Form.Item name="roles" label={t('account.roles')} rules={[atLeastOne(t('roles.one'))]}>
      <Checkbox.Group className="stack">
        {roles.map((role) => (
          <Checkbox key={role} value={role}>
            {word('role', role)} <span className="faint">{word('role_about', role)}</span>
          </Checkbox>
        ))}
      </Checkbox.Group>
    </Form.Item>
  )
}
