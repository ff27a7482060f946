import { PlusOutlined } from '../../shared/ui/icon'
import { App, Button, Checkbox, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { RolesField } from '../../shared/account/roles_field'
import { useAct } from '../../shared/session/act'
import { useMe } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { useMark } from '../../shared/ui/form'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Chips, Status } from '../../shared/ui/status'
import { Ago, Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Person = Row<'/v1/staff'>

const roles = ['reviewer', 'operations', 'finance', 'risk', 'admin', 'auditor'] as const

const columns: Column<Person>[] = [
  { title: 'staff.name', render: ({ name }) => name },
  { title: 'account.login', render: ({ login }) => login },
  { title: 'account.roles', render: (person) => <Chips area="role" values={person.roles} /> },
  { title: 'staff.state', render: ({ state }) => <Status state={state} /> },
  { title: 'staff.last_login', render: ({ last_login_at }) => <Ago at={last_login_at} /> },
]

/** Component lists the platform's own people. A new one takes two people, as any grant of rights here. */
export function Component() {
  const { t } = useWords()
  const [adding, setAdding] = useState(false)
  return (
    <>
      <PageHeader
        title="staff.title"
        about="staff.about"
        actions={
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t('staff.add')}
          </Button>
        }
      />
      <ListPage
        name="staff.title"
        address="/v1/staff"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'choice', name: 'state', label: 'staff.state', area: 'state', values: ['pending', 'active', 'locked', 'closed'] },
        ]}
        detail={{ title: ({ name }) => name, body: (person) => <PersonDetail key={person.id} person={person} /> }}
        empty="staff.none"
      />
      {adding && <AddPerson close={() => setAdding(false)} />}
    </>
  )
}

type Change = 'staff.roles' | 'staff.unlock' | 'staff.close' | 'staff.factors'

function PersonDetail({ person }: { person: Person }) {
  const { t } = useWords()
  const { user } = useMe()
  const [wanted, setWanted] = useState<string[]>(person.roles)
  const path = { id: person.id }
  const propose = (kind: Change) => (reason: string, intent: string) =>
    call('post', '/v1/staff/{id}/changes', {
      path,
      body: { kind, reason, ...(kind === 'staff.roles' ? { roles: wanted } : {}) },
      intent,
    })
  const over = person.state === 'closed'
  return (
    <div className="detail">
      <Status state={person.state} />
      <Facts
        items={[
          ['account.login', person.login],
          ['account.roles', <Chips key="roles" area="role" values={person.roles} />],
          ['staff.since', <Time key="since" at={person.created_at} />],
          ['staff.last_login', <Time key="last" at={person.last_login_at} />],
          ['staff.factor', t(person.factor ? 'factor.on' : 'factor.off')],
          ['account.id', <Code key="id">{person.id}</Code>],
        ]}
      />
      {person.id !== user.id && !over && (
        <Acts
          refresh={['/v1/staff', '/v1/proposals', '/v1/dashboard']}
          deeds={[
            {
              title: 'staff.change_roles',
              about: 'staff.add_about',
              reason: 'required',
              fields: (
                <Form layout="vertical">
                  <Form.Item label={t('account.roles')}>
                    <Checkbox.Group
                      className="stack"
                      value={wanted}
                      onChange={setWanted}
                      options={roles.map((role) => ({ value: role, label: <Chips area="role" values={[role]} /> }))}
                    />
                  </Form.Item>
                </Form>
              ),
              run: propose('staff.roles'),
            },
            person.factor && { title: 'staff.reset_factors', about: 'staff.add_about', reason: 'required', run: propose('staff.factors') },
            person.state === 'active' && {
              title: 'staff.lock',
              about: 'staff.lock_about',
              danger: true,
              reason: 'required',
              run: (reason, intent) => call('post', '/v1/staff/{id}/lock', { path, body: { reason }, intent }),
            },
            person.state === 'locked' && { title: 'staff.unlock', about: 'staff.add_about', reason: 'required', run: propose('staff.unlock') },
            { title: 'staff.close', about: 'staff.close_about', danger: true, reason: 'required', run: propose('staff.close') },
          ]}
        />
      )}
    </div>
  )
}

interface Fields {
  login: string
  name: string
  roles: string[]
  reason: string
}

function AddPerson({ close }: { close: () => void }) {
  const { t, lang } = useWords()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const mark = useMark(form)
  const ask = useAct((fields: Fields, intent) => call('post', '/v1/staff', { body: { ...fields, lang }, intent }), {
    refresh: ['/v1/staff', '/v1/proposals', '/v1/dashboard'],
    done: () => {
      void message.success(t('staff.asked'))
      close()
    },
  })
  return (
    <Modal
      open
      title={t('staff.add')}
      okText={t('staff.ask')}
      okButtonProps={{ loading: ask.isPending }}
      onOk={() => form.submit()}
      onCancel={close}
      width={480}
    >
      <p className="faint">{t('staff.add_about')}</p>
      {ask.error && <ProblemAlert problem={asProblem(ask.error)} />}
      <Form
        form={form}
        layout="vertical"
        onFinish={(fields) => ask.mutate(fields, { onError: mark })}
      >
        <Form.Item name="name" label={t('account.name')} rules={[{ required: true, whitespace: true }]}>
          <Input maxLength={64} autoFocus />
        </Form.Item>
        <Form.Item name="login" label={t('account.login')} rules={[{ required: true, whitespace: true }]}>
          <Input maxLength={128} />
        </Form.Item>
        <RolesField roles={roles} />
        <Form.Item name="reason" label={t('confirm.reason')} rules={[{ required: true, whitespace: true }]}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
