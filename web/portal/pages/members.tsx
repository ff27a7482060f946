import { UserAddOutlined } from '../../shared/ui/icon'
import { useQuery } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { RolesField } from '../../shared/account/roles_field'
import { useAct } from '../../shared/session/act'
import { useMay, useMe } from '../../shared/session/me'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { Confirm } from '../../shared/ui/confirm'
import { useMark } from '../../shared/ui/form'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Chips, Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Member = Row<'/v1/members'>

const roles = ['owner', 'manager', 'finance', 'cashier'] as const

const columns: Column<Member>[] = [
  { title: 'account.name', render: ({ name, login }) => name || login },
  { title: 'account.login', render: ({ login }) => login },
  { title: 'account.roles', render: (member) => <Chips area="role" values={member.roles} /> },
  { title: 'members.state', render: ({ state }) => <Status state={state} /> },
  { title: 'members.since', render: ({ created_at }) => <Time at={created_at} /> },
]

/** Component lists who works with the merchant's records, and as what. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const [inviting, setInviting] = useState(false)
  return (
    <>
      <PageHeader
        title="members.title"
        about="members.about"
        actions={
          may('member.manage') && (
            <Button type="primary" icon={<UserAddOutlined />} onClick={() => setInviting(true)}>
              {t('members.invite')}
            </Button>
          )
        }
      />
      <ListPage
        name="members.title"
        address="/v1/members"
        id={({ id }) => id}
        columns={columns}
        detail={{
          title: ({ name, login }) => name || login,
          body: (member, close) => <MemberDetail member={member} close={close} />,
        }}
        empty="members.none"
      />
      <Waiting />
      {inviting && <Invite close={() => setInviting(false)} />}
    </>
  )
}

/** Waiting lists who was asked and has not come yet. */
function Waiting() {
  const { t, lang } = useWords()
  const { message } = App.useApp()
  const may = useMay()
  const { data } = useQuery({ queryKey: ['/v1/invitations'], queryFn: ({ signal }) => call('get', '/v1/invitations', { query: { limit: 100 }, signal }) })
  const again = useAct((id: string, intent) => call('post', '/v1/invitations/{id}/resend', { path: { id }, body: { lang }, intent }), {
    refresh: ['/v1/invitations'],
    done: () => void message.success(t('members.invited')),
  })
  const back = useAct((id: string, intent) => call('delete', '/v1/invitations/{id}', { path: { id }, intent }), { refresh: ['/v1/invitations'] })
  const waiting = (data?.data ?? []).filter(({ state }) => state === 'invited' || state === 'expired')
  const error = again.error ?? back.error
  if (waiting.length === 0) return null
  return (
    <Card title={t('members.waiting')}>
      {error && <ProblemAlert problem={asProblem(error)} />}
      <ul className="rows">
        {waiting.map(({ id, login, roles, state, created_at }) => (
          <li key={id}>
            <div>
              <strong>{login}</strong> <Chips area="role" values={roles} /> <Status state={state} />
              <div className="faint">
                {t('members.asked')} <Time at={created_at} />
              </div>
            </div>
            {may('member.manage') && (
              <span className="actions">
                <Button size="small" loading={again.isPending && again.variables === id} onClick={() => again.mutate(id)}>
                  {t('members.again')}
                </Button>
                <Button size="small" loading={back.isPending && back.variables === id} onClick={() => back.mutate(id)}>
                  {t('members.take_back')}
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function MemberDetail({ member, close }: { member: Member; close: () => void }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const may = useMay()
  const { user } = useMe()
  const [removing, setRemoving] = useState(false)
  const address = { path: { id: member.id } }
  const change = useAct((wanted: { roles: string[] }, intent) => call('patch', '/v1/members/{id}', { ...address, body: wanted, intent }), {
    refresh: ['/v1/members'],
    done: () => void message.success(t('common.saved')),
  })
  const remove = useAct((_: string, intent) => call('delete', '/v1/members/{id}', { ...address, intent }), {
    refresh: ['/v1/members'],
    done: close,
  })
  return (
    <div className="detail">
      <Status state={member.state} />
      <Facts
        items={[
          ['account.login', member.login],
          ['account.roles', <Chips key="roles" area="role" values={member.roles} />],
          ['members.since', <Time key="since" at={member.created_at} />],
          ['account.id', <Code key="id">{member.user}</Code>],
        ]}
      />
      {may('member.manage') && member.user !== user.id && (
        <>
          {change.error && <ProblemAlert problem={asProblem(change.error)} />}
          <Form layout="vertical" initialValues={{ roles: member.roles }} onFinish={(wanted: { roles: string[] }) => change.mutate(wanted)}>
            <RolesField roles={roles} />
            <div className="actions">
              <Button type="primary" htmlType="submit" loading={change.isPending}>
                {t('common.save')}
              </Button>
              <Button danger onClick={() => setRemoving(true)}>
                {t('members.remove')}
              </Button>
            </div>
          </Form>
          <Confirm open={removing} title="members.remove" verb="members.remove" danger act={remove} close={() => setRemoving(false)}>
            <p>{t('members.remove_about', { name: member.name || member.login })}</p>
          </Confirm>
        </>
      )}
    </div>
  )
}

interface Fields {
  login: string
  roles: string[]
}

function Invite({ close }: { close: () => void }) {
  const { t, lang } = useWords()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const mark = useMark(form)
  const invite = useAct((fields: Fields, intent) => call('post', '/v1/invitations', { body: { ...fields, lang }, intent }), {
    refresh: ['/v1/invitations'],
    done: () => {
      void message.success(t('members.invited'))
      close()
    },
  })
  return (
    <Modal
      open
      title={t('members.invite')}
      okText={t('members.send')}
      okButtonProps={{ loading: invite.isPending }}
      onOk={() => form.submit()}
      onCancel={close}
      width={480}
    >
      <p className="faint">{t('members.invite_about')}</p>
      {invite.error && <ProblemAlert problem={asProblem(invite.error)} />}
      <Form
        form={form}
        layout="vertical"
        onFinish={(fields) => invite.mutate(fields, { onError: mark })}
      >
        <Form.Item name="login" label={t('account.login')} rules={[{ required: true, whitespace: true }]}>
          <Input autoFocus maxLength={128} />
        </Form.Item>
        <RolesField roles={roles} />
      </Form>
    </Modal>
  )
}
