import { useQuery } from '@tanstack/react-query'
import { Form, Input, Select } from 'antd'
import { useState } from 'react'
import { call } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import {
  loadTerminal, terminalColumns, TerminalFacts, terminalStates, type Detail, type Terminal,
} from '../../shared/terminal/terminal'
import { Acts } from '../../shared/ui/acts'
import { PageHeader } from '../../shared/ui/block'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { Named } from '../../shared/ui/named'
import { useWords } from '../../shared/words/words'
import { KeyCeremony } from '../terminal/keys'

const columns: Column<Terminal>[] = [
  ...terminalColumns.slice(0, 4),
  { title: 'common.merchant', render: ({ merchant }) => <Named id={merchant} /> },
  ...terminalColumns.slice(4),
]

/** Component lists every terminal, with how it is and what may be done about it. */
export function Component() {
  const { t } = useWords()
  return (
    <>
      <PageHeader title="terminals.title" about="terminals.about_staff" />
      <ListPage
        name="terminals.title"
        address="/v1/terminals"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'text', name: 'number', label: 'terminals.number' },
          { kind: 'text', name: 'serial', label: 'terminals.serial' },
          { kind: 'choice', name: 'state', label: 'terminals.state', area: 'terminal_state', values: terminalStates },
          { kind: 'text', name: 'merchant', label: 'common.merchant' },
          { kind: 'text', name: 'group', label: 'terminals.group' },
        ]}
        detail={{
          title: ({ number }) => t('terminals.one', { number }),
          body: ({ id }) => (
            <Loaded name={['/v1/terminals', 'detail', id]} load={(signal) => loadTerminal(id, signal)}>
              {(terminal) => <TerminalDetail terminal={terminal} />}
            </Loaded>
          ),
          load: loadTerminal,
        }}
        empty="terminals.none"
        files
      />
    </>
  )
}

type Word = 'verify' | 'suspend' | 'resume' | 'retire' | 'recover'

function TerminalDetail({ terminal }: { terminal: Detail }) {
  const { t } = useWords()
  const may = useMay()
  const [group, setGroup] = useState(terminal.group)
  const [serial, setSerial] = useState('')
  const [own, setOwn] = useState(terminal.serial)
  const path = { id: terminal.id }
  const { state } = terminal
  const manage = may('terminal.manage')
  const act = (word: Word) => (note: string, intent: string) => call('post', `/v1/terminals/{id}/${word}`, { path, body: { note }, intent })
  return (
    <div className="detail">
      <TerminalFacts terminal={terminal} staff />
      {may('terminal.key') && state !== 'retired' && <KeyCeremony terminal={terminal.id} />}
      <Acts
        refresh={['/v1/terminals', '/v1/units']}
        deeds={[
          manage && (state === 'active' || state === 'suspended') && { title: 'terminals.verify', about: 'terminals.verify_about', reason: 'required', run: act('verify') },
          manage && state === 'suspended' && { title: 'terminals.resume', reason: 'required', run: act('resume') },
          manage && state === 'active' && { title: 'terminals.suspend', about: 'terminals.suspend_about', reason: 'required', run: act('suspend') },
          manage && state === 'lost' && { title: 'terminals.recover', about: 'terminals.recover_about', reason: 'required', run: act('recover') },
          manage &&
            state !== 'retired' && {
              title: 'terminals.move',
              about: 'terminals.move_about',
              fields: (
                <Form layout="vertical">
                  <Form.Item label={t('terminals.group')} htmlFor="group" required>
                    <GroupSelect value={group} onChange={setGroup} />
                  </Form.Item>
                </Form>
              ),
              run: (_, intent) => call('post', '/v1/terminals/{id}/move', { path, body: { group }, intent }),
            },
          manage &&
            state !== 'retired' &&
            !terminal.unit &&
            terminal.bindings.length === 0 && {
              title: 'terminals.register',
              about: 'terminals.register_about',
              fields: (
                <Form layout="vertical">
                  <Form.Item label={t('terminals.serial')} htmlFor="own-serial" required>
                    <Input id="own-serial" maxLength={38} value={own} onChange={(event) => setOwn(event.target.value)} />
                  </Form.Item>
                </Form>
              ),
              run: (_, intent) => call('post', '/v1/terminals/{id}/register', { path, body: { serial: own.trim() }, intent }),
            },
          may('stock.manage') &&
            (state === 'active' || state === 'suspended') && {
              title: 'terminals.replace',
              about: 'terminals.replace_about',
              reason: 'required',
              fields: (
                <Form layout="vertical">
                  <Form.Item label={t('terminals.new_serial')} htmlFor="serial" required>
                    <Input id="serial" maxLength={38} value={serial} onChange={(event) => setSerial(event.target.value)} />
                  </Form.Item>
                </Form>
              ),
              run: (note, intent) => call('post', '/v1/terminals/{id}/replace', { path, body: { serial: serial.trim(), note }, intent }),
            },
          manage &&
            state !== 'retired' && {
              title: 'terminals.retire',
              about: 'terminals.retire_about',
              danger: true,
              reason: 'required',
              run: act('retire'),
            },
        ]}
      />
    </div>
  )
}

/** GroupSelect chooses one of the groups that there are. */
function GroupSelect({ value, onChange }: { value: string; onChange: (group: string) => void }) {
  const { data, isPending } = useQuery({
    queryKey: ['/v1/terminal-groups'],
    queryFn: ({ signal }) => call('get', '/v1/terminal-groups', { signal }),
    staleTime: 300_000, // only the names are shown, and the list counts terminals
  })
  const options = (data?.data ?? []).map(({ id, name }) => ({ value: id, label: name || id }))
  return <Select id="group" loading={isPending} value={value} onChange={onChange} options={options} />
}
