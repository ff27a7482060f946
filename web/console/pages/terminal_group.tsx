import { Alert, Button, Form, Input, Modal, Progress, Select } from 'antd'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import type { Kind } from '../terminal/parameters'
import { SaveGroup } from './terminal_groups'

type Group = Answer<'/v1/terminal-groups/{id}'>
type Coverage = Group['parameters'][number]
type Moved = Answer<'/v1/terminal-groups/{id}/terminals', 'post'>

/** Component shows one group: which versions its terminals are to hold, and how many do. */
export function Component() {
  const { t } = useWords()
  const { id = '' } = useParams()
  return (
    <>
      <PageHeader
        title="groups.one"
        actions={
          <Link className="button" to="/terminal-groups">
            {t('groups.all')}
          </Link>
        }
      />
      <Loaded name={['/v1/terminal-groups', id]} load={(signal) => call('get', '/v1/terminal-groups/{id}', { path: { id }, signal })}>
        {(group) => <Shown group={group} />}
      </Loaded>
    </>
  )
}

function Shown({ group }: { group: Group }) {
  const { t, word } = useWords()
  const may = useMay()
  const [doing, setDoing] = useState<'change' | 'move'>()
  const [assigning, setAssigning] = useState<Coverage>()
  const [moved, setMoved] = useState<Moved>()
  const manage = may('terminal.manage')
  const close = () => setDoing(undefined)
  return (
    <div className="stack-wide">
      <Card
        title={group.name || group.id}
        extra={
          manage && (
            <span className="actions">
              <Button onClick={() => setDoing('change')}>{t('groups.change')}</Button>
              <Button type="primary" onClick={() => setDoing('move')}>
                {t('groups.move_in')}
              </Button>
            </span>
          )
        }
      >
        <Facts
          items={[
            ['groups.id', <Code key="id">{group.id}</Code>],
            ['groups.profile', word('profile', group.profile)],
            ['groups.terminals', <Link key="terminals" to={`/terminals?group=${group.id}`}>{t('groups.count', { count: group.terminals })}</Link>],
            ['groups.changed', <Time key="changed" at={group.changed_at} />],
          ]}
        />
      </Card>
      <Card title={t('groups.parameters')}>
        <ul className="rows">
          {group.parameters.map((cover) => (
            <li key={cover.kind}>
              <div>
                <Link to={`/terminal-parameters/${cover.kind}`}>{word('parameter_kind', cover.kind)}</Link>
                <div className="faint">
                  {cover.version === 0
                    ? t('groups.unassigned')
                    : t(cover.version < cover.latest ? 'groups.old_version' : 'groups.version', { version: cover.version, latest: cover.latest })}
                </div>
                {cover.version > 0 && (
                  <Progress
                    percent={cover.expected === 0 ? 100 : Math.floor((cover.fetched / cover.expected) * 100)}
                    format={() => t('groups.fetched', { fetched: cover.fetched, expected: cover.expected })}
                    aria-label={`${word('parameter_kind', cover.kind)}: ${t('groups.fetched', { fetched: cover.fetched, expected: cover.expected })}`}
                  />
                )}
              </div>
              {manage && cover.latest > 0 && (
                <Button onClick={() => setAssigning(cover)} aria-label={`${t('groups.assign')}: ${word('parameter_kind', cover.kind)}`}>
                  {t('groups.assign')}
                </Button>
              )}
            </li>
          ))}
        </ul>
        <p className="faint">{t('groups.fetch_about')}</p>
      </Card>
      {doing === 'change' && <SaveGroup group={group} close={close} />}
      {doing === 'move' && <MoveIn group={group} close={close} show={setMoved} />}
      {assigning && <Assign group={group} cover={assigning} close={() => setAssigning(undefined)} />}
      {moved && <Outcome moved={moved} close={() => setMoved(undefined)} />}
    </div>
  )
}

function Assign({ group, cover, close }: { group: Group; cover: Coverage; close: () => void }) {
  const { t, word } = useWords()
  const kind = cover.kind as Kind
  return (
    <Loaded name={['/v1/terminal-parameters', kind]} load={(signal) => call('get', '/v1/terminal-parameters/{kind}', { path: { kind }, signal })}>
      {({ data }) => (
        <FormModal<{ version: number }, Group>
          title="groups.assign"
          verb="groups.assign"
          about="groups.assign_about"
          said="common.saved"
          first={{ version: cover.latest }}
          refresh={['/v1/terminal-groups', '/v1/terminals']}
          run={({ version }, intent) => call('post', '/v1/terminal-groups/{id}/assign', { path: { id: group.id }, body: { kind, version }, intent })}
          close={close}
        >
          <Form.Item name="version" label={word('parameter_kind', kind)}>
            <Select
              options={[
                ...data.map(({ version, by_name, by, created_at }) => ({
                  value: version,
                  label: t('groups.version_of', { version, by: by_name || by, day: created_at.slice(0, 10) }),
                })),
                { value: 0, label: t('groups.unassign') },
              ]}
            />
          </Form.Item>
        </FormModal>
      )}
    </Loaded>
  )
}

function MoveIn({ group, close, show }: { group: Group; close: () => void; show: (moved: Moved) => void }) {
  const { t } = useWords()
  return (
    <FormModal<{ numbers: string }, Moved>
      title="groups.move_in"
      verb="groups.move_in"
      about="groups.move_about"
      refresh={['/v1/terminal-groups', '/v1/terminals']}
      run={({ numbers }, intent) =>
        call('post', '/v1/terminal-groups/{id}/terminals', {
          path: { id: group.id },
          body: { numbers: [...new Set(numbers.split(/[\s,;]+/).filter(Boolean))] },
          intent,
        })
      }
      done={show}
      close={close}
    >
      <Form.Item name="numbers" label={t('groups.numbers')} extra={t('groups.numbers_about')} rules={[{ required: true, whitespace: true }]}>
        <Input.TextArea rows={6} autoFocus />
      </Form.Item>
    </FormModal>
  )
}

function Outcome({ moved, close }: { moved: Moved; close: () => void }) {
  const { t, word } = useWords()
  const refused = moved.data.filter(({ refused: why }) => why)
  return (
    <Modal open title={t('groups.move_in')} onCancel={close} onOk={close} cancelButtonProps={{ hidden: true }} okText={t('common.close')}>
      <Alert type={refused.length > 0 ? 'warning' : 'success'} showIcon title={t('groups.moved', { count: moved.data.length - refused.length })} />
      <ul className="rows">
        {refused.map(({ number, refused: why }) => (
          <li key={number}>
            <Code>{number}</Code> <span>{word('problem', why)}</span>
          </li>
        ))}
      </ul>
    </Modal>
  )
}
