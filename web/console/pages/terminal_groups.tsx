import { PlusOutlined } from '../../shared/ui/icon'
import { Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import { Card, EmptyState, Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { Tag } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { kinds, profiles } from '../terminal/parameters'

type Group = Answer<'/v1/terminal-groups/{id}'>

/** Component shows the groups of terminals, how far their parameters have come, and the kinds of parameters there are. */
export function Component() {
  const { t, word } = useWords()
  const may = useMay()
  const [making, setMaking] = useState(false)
  return (
    <>
      <PageHeader
        title="groups.title"
        about="groups.about"
        actions={
          may('terminal.manage') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
              {t('groups.make')}
            </Button>
          )
        }
      />
      <Loaded name={['/v1/terminal-groups']} load={(signal) => call('get', '/v1/terminal-groups', { signal })}>
        {({ data }) => (
          <>
            {data.length === 0 && <EmptyState title="groups.none" />}
            <div className="columns gap-bottom">
              {data.map((group) => (
                <Card key={group.id} title={<Link to={`/terminal-groups/${group.id}`}>{group.name || group.id}</Link>} extra={<Behind group={group} />}>
                  <Facts
                    items={[
                      ['groups.id', <Code key="id">{group.id}</Code>],
                      ['groups.profile', word('profile', group.profile)],
                      ['groups.terminals', group.terminals],
                      ['groups.changed', <Time key="changed" at={group.changed_at} />],
                    ]}
                  />
                </Card>
              ))}
            </div>
          </>
        )}
      </Loaded>
      <Card title={t('groups.parameters')}>
        <ul className="rows">
          {kinds.map((kind) => (
            <li key={kind}>
              <div>
                <Link to={`/terminal-parameters/${kind}`}>{word('parameter_kind', kind)}</Link>
                <div className="faint">{word('parameter_about', kind)}</div>
              </div>
            </li>
          ))}
        </ul>
      </Card>
      {making && <SaveGroup close={() => setMaking(false)} />}
    </>
  )
}

/** Behind tells whether every terminal of a group holds what it is to hold. */
function Behind({ group }: { group: Group }) {
  const { t } = useWords()
  const missing = Math.max(0, ...group.parameters.map(({ expected, fetched }) => expected - fetched))
  if (group.terminals === 0) return null
  return <Tag tone={missing > 0 ? 'warn' : 'good'}>{missing > 0 ? t('groups.behind', { count: missing }) : t('groups.level')}</Tag>
}

interface Fields {
  id: string
  name: string
  profile: (typeof profiles)[number]
}

/** SaveGroup makes a group, or changes the name and the dialect of one. */
export function SaveGroup({ group, close }: { group?: Group; close: () => void }) {
  const { t, word } = useWords()
  return (
    <FormModal<Fields, Group>
      title={group ? 'groups.change' : 'groups.make'}
      verb={group ? 'common.save' : 'groups.make'}
      about="groups.profile_about"
      said="common.saved"
      first={group ?? { profile: 'cup' }}
      refresh={['/v1/terminal-groups']}
      run={({ id, name, profile }, intent) => call('put', '/v1/terminal-groups/{id}', { path: { id: group?.id ?? id }, body: { name, profile }, intent })}
      close={close}
    >
      {!group && (
        <Form.Item name="id" label={t('groups.id')} extra={t('groups.id_about')} rules={[{ required: true, pattern: /^[a-z0-9-]{1,32}$/, message: t('groups.id_about') }]}>
          <Input maxLength={32} autoFocus />
        </Form.Item>
      )}
      <Form.Item name="name" label={t('groups.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={60} />
      </Form.Item>
      <Form.Item name="profile" label={t('groups.profile')}>
        <Select options={profiles.map((value) => ({ value, label: word('profile', value) }))} />
      </Form.Item>
    </FormModal>
  )
}
