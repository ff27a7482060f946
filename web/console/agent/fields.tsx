import { Form, Input } from 'antd'
import { AreaPicker } from '../../shared/area/area_picker'
import type { Agent } from '../../shared/agent/agent'
import { useWords } from '../../shared/words/words'
import { AgentSelect } from './agent_select'

/** Firm is what is said of an agent, as the form holds it. */
export interface Firm {
  name: string
  credit_code: string
  area: string
  registration: string
  registered_until: string
  upper?: string
  contact: string
  phone: string
  email: string
  account: { name: string; number: string; bank: string }
}

const text = (value: string | undefined) => value?.trim() ?? ''

/** bodyOf is the firm as the API takes it: what nobody typed is empty. */
export function bodyOf(firm: Partial<Firm>) {
  return {
    name: text(firm.name),
    credit_code: text(firm.credit_code).toUpperCase(),
    area: text(firm.area),
    registration: text(firm.registration),
    registered_until: text(firm.registered_until),
    upper: text(firm.upper),
    contact: text(firm.contact),
    phone: text(firm.phone),
    email: text(firm.email),
    account: { name: text(firm.account?.name), number: text(firm.account?.number), bank: text(firm.account?.bank) },
  }
}

/** firmOf is an agent as the form holds it. The number of the account is masked; left so, it stays what it is. */
export function firmOf(agent: Agent): Partial<Firm> {
  const { name, credit_code, area, registration, registered_until, upper, contact, phone, email, account, account_name, account_bank } = agent
  return {
    name, credit_code, area, registration, registered_until, upper: upper || undefined, contact, phone, email,
    account: { name: account_name, bank: account_bank, number: account },
  }
}

/** Fields asks for a firm; of one that was opened, for what one person may change. */
export function Fields({ draft = false }: { draft?: boolean }) {
  const { t } = useWords()
  return (
    <>
      {draft && (
        <>
          <Form.Item name="name" label={t('agents.name')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={100} autoFocus />
          </Form.Item>
          <Form.Item name="credit_code" label={t('agents.credit_code')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={18} />
          </Form.Item>
          <Upper />
        </>
      )}
      <Form.Item name="area" label={t('agents.area')} rules={[{ required: true }]}>
        <AreaPicker />
      </Form.Item>
      <Form.Item name="registration" label={t('agents.registration')} extra={t('agents.registration_about')}>
        <Input maxLength={60} />
      </Form.Item>
      <Form.Item name="registered_until" label={t('agents.registered_until')} extra={t('agents.date_hint')}>
        <Input maxLength={10} />
      </Form.Item>
      <Form.Item name="contact" label={t('agents.contact')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={60} />
      </Form.Item>
      <Form.Item name="phone" label={t('agents.phone')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={20} inputMode="tel" />
      </Form.Item>
      <Form.Item name="email" label={t('agents.email')}>
        <Input maxLength={100} inputMode="email" />
      </Form.Item>
      {draft && (
        <fieldset className="fields">
          <legend className="fields-name">{t('agents.account')}</legend>
          <AccountFields under />
        </fieldset>
      )}
    </>
  )
}

/** AccountFields asks for a company's account; under the name "account" where it is a part of a form. */
export function AccountFields({ under = false }: { under?: boolean }) {
  const { t } = useWords()
  const name = (field: string) => (under ? ['account', field] : field)
  const rules = under ? [] : [{ required: true, whitespace: true }]
  return (
    <>
      <Form.Item name={name('name')} label={t('agents.account_name')} rules={rules}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name={name('number')} label={t('agents.account_number')} rules={rules}>
        <Input maxLength={40} inputMode="numeric" autoComplete="off" />
      </Form.Item>
      <Form.Item name={name('bank')} label={t('agents.account_bank')} rules={rules}>
        <Input maxLength={100} />
      </Form.Item>
    </>
  )
}

function Upper() {
  const { t } = useWords()
  return (
    <Form.Item name="upper" label={t('agents.upper')} extra={t('agents.upper_about')}>
      <AgentSelect fits={({ upper }) => !upper} />
    </Form.Item>
  )
}
