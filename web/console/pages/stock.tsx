import { InboxOutlined } from '../../shared/ui/icon'
import { Alert, Button, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { call, type Answer, type Row } from '../../shared/api/client'
import { ModelName, useModels } from '../../shared/terminal/order'
import { Acts, type Deed } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Named } from '../../shared/ui/named'
import { Status } from '../../shared/ui/status'
import { Ago, Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Unit = Row<'/v1/units'>
type Taken = Answer<'/v1/units', 'post'>
type Act = 'release' | 'take_back' | 'pass' | 'fail' | 'lose'

const states = ['stock', 'assigned', 'shipped', 'received', 'active', 'returned', 'lost', 'scrapped'] as const

const columns: Column<Unit>[] = [
  { title: 'terminals.serial', render: ({ serial }) => <Code>{serial}</Code> },
  { title: 'stock.model', render: ({ model }) => <ModelName id={model} /> },
  { title: 'stock.state', render: ({ state }) => <Status area="unit_state" state={state} /> },
  { title: 'stock.depot', render: ({ depot }) => depot || '–' },
  { title: 'stock.changed', render: ({ changed_at }) => <Ago at={changed_at} /> },
]

/** Component is the stock of hardware: every unit by its serial number, from the maker to its end. */
export function Component() {
  const { t } = useWords()
  const [taking, setTaking] = useState(false)
  const [taken, setTaken] = useState<Taken>()
  return (
    <>
      <PageHeader
        title="stock.title"
        about="stock.about"
        actions={
          <Button type="primary" icon={<InboxOutlined />} onClick={() => setTaking(true)}>
            {t('stock.take')}
          </Button>
        }
      />
      <ListPage
        name="stock.title"
        address="/v1/units"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'text', name: 'serial', label: 'terminals.serial' },
          { kind: 'choice', name: 'state', label: 'stock.state', area: 'unit_state', values: states },
          { kind: 'text', name: 'model', label: 'stock.model' },
        ]}
        detail={{ title: ({ serial }) => serial, body: (unit) => <UnitDetail unit={unit} /> }}
        empty="stock.none"
        files
      />
      {taking && <Take close={() => setTaking(false)} show={setTaken} />}
      {taken && <Outcome taken={taken} close={() => setTaken(undefined)} />}
    </>
  )
}

function UnitDetail({ unit }: { unit: Unit }) {
  const move = (act: Act) => (note: string, intent: string) =>
    call('post', '/v1/units/{id}/move', { path: { id: unit.id }, body: { act, note }, intent })
  const { state } = unit
  const deeds: (Deed | false)[] = [
    state === 'assigned' && { title: 'stock.release', about: 'stock.release_about', reason: 'required', run: move('release') },
    (state === 'shipped' || state === 'received' || state === 'active') && { title: 'stock.take_back', about: 'stock.take_back_about', reason: 'required', run: move('take_back') },
    state === 'returned' && { title: 'stock.pass', about: 'stock.pass_about', primary: true, reason: 'required', run: move('pass') },
    state === 'returned' && { title: 'stock.fail', about: 'stock.fail_about', danger: true, reason: 'required', run: move('fail') },
    state !== 'lost' && state !== 'scrapped' && { title: 'stock.lose', danger: true, reason: 'required', run: move('lose') },
  ]
  return (
    <div className="detail">
      <Status area="unit_state" state={state} />
      <Facts
        items={[
          ['stock.model', <ModelName key="model" id={unit.model} />],
          ['stock.depot', unit.depot || '–'],
          ['stock.order', <Code key="order">{unit.order || undefined}</Code>],
          ['stock.terminal', <Code key="terminal">{unit.terminal || undefined}</Code>],
          ['common.merchant', <Named key="merchant" id={unit.merchant} whole />],
          ['stock.taken_at', <Time key="taken" at={unit.created_at} />],
          ['stock.changed', <Time key="changed" at={unit.changed_at} />],
          ['stock.note', unit.note || '–'],
          ['account.id', <Code key="id">{unit.id}</Code>],
        ]}
      />
      <Acts refresh={['/v1/units', '/v1/terminals', '/v1/terminal-orders']} deeds={deeds} />
    </div>
  )
}

interface Fields {
  model: string
  depot: string
  serials: string
}

const listed = (text: string) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))]

function Take({ close, show }: { close: () => void; show: (taken: Taken) => void }) {
  const { t, lang } = useWords()
  const models = useModels()
  return (
    <FormModal<Fields, Taken>
      title="stock.take"
      verb="stock.take"
      refresh={['/v1/units']}
      run={({ serials, ...rest }, intent) => call('post', '/v1/units', { body: { ...rest, serials: listed(serials) }, intent })}
      done={show}
      close={close}
    >
      <Form.Item name="model" label={t('stock.model')} rules={[{ required: true }]}>
        <Select options={models.map(({ id, name, name_en }) => ({ value: id, label: lang === 'en' ? name_en || name : name }))} />
      </Form.Item>
      <Form.Item name="depot" label={t('stock.depot')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={40} />
      </Form.Item>
      <Form.Item name="serials" label={t('stock.serials')} extra={t('stock.serials_about')} rules={[{ required: true, whitespace: true }]}>
        <Input.TextArea rows={8} />
      </Form.Item>
    </FormModal>
  )
}

/** Outcome tells which serial numbers were taken in, and which not, and why. */
function Outcome({ taken, close }: { taken: Taken; close: () => void }) {
  const { t, word } = useWords()
  const refused = taken.data.filter(({ refused: why }) => why)
  return (
    <Modal open title={t('stock.take')} onCancel={close} onOk={close} cancelButtonProps={{ hidden: true }} okText={t('common.close')}>
      <Alert
        type={refused.length > 0 ? 'warning' : 'success'}
        showIcon
        title={t('stock.taken', { count: taken.data.length - refused.length })}
      />
      <ul className="rows">
        {refused.map(({ serial, refused: why }) => (
          <li key={serial}>
            <Code>{serial}</Code> <span>{word('problem', why)}</span>
          </li>
        ))}
      </ul>
    </Modal>
  )
}
