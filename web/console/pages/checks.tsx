import { PlusOutlined } from '../../shared/ui/icon'
import { App, Button, Form, Input, Radio, Select } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { dayEnds } from '../../shared/format/time'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Named } from '../../shared/ui/named'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Status, Tag } from '../../shared/ui/status'
import { Ago, Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Check = Row<'/v1/terminal-checks'>

const kinds = ['on_site', 'tamper', 'condition'] as const

const columns: Column<Check>[] = [
  { title: 'checks.kind', render: ({ kind }) => <Kind name={kind} /> },
  { title: 'checks.state', render: (check) => <State check={check} /> },
  { title: 'checks.terminal', render: ({ terminal }) => <Code>{terminal}</Code> },
  { title: 'common.merchant', render: ({ merchant }) => <Named id={merchant} /> },
  { title: 'checks.due', render: ({ due_at }) => <Ago at={due_at} /> },
  { title: 'checks.done', render: ({ done_at }) => <Ago at={done_at} /> },
]

function Kind({ name }: { name: string }) {
  const { word } = useWords()
  return word('check_kind', name)
}

function State({ check }: { check: Check }) {
  const { t } = useWords()
  if (check.state === 'due') return <Tag tone="info">{t('checks.open')}</Tag>
  return <Tag tone={check.ok ? 'good' : 'bad'}>{t(check.ok ? 'checks.well' : 'checks.unwell')}</Tag>
}

/** Component lists the checks of terminals at their places, due and done. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const [planning, setPlanning] = useState(false)
  return (
    <>
      <PageHeader
        title="checks.title"
        about="checks.about"
        actions={
          may('terminal.manage') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setPlanning(true)}>
              {t('checks.plan')}
            </Button>
          )
        }
      />
      <ListPage
        name="checks.title"
        address="/v1/terminal-checks"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'choice', name: 'state', label: 'checks.state', area: 'check_state', values: ['due', 'done'] },
          { kind: 'text', name: 'terminal', label: 'checks.terminal' },
          { kind: 'text', name: 'merchant', label: 'common.merchant' },
        ]}
        detail={{ title: ({ kind }) => <Kind name={kind} />, body: (check) => <CheckDetail check={check} /> }}
        empty="checks.none"
        files
      />
      {planning && <Plan close={() => setPlanning(false)} />}
    </>
  )
}

function CheckDetail({ check }: { check: Check }) {
  const { t, word } = useWords()
  const may = useMay()
  return (
    <div className="detail">
      <State check={check} />
      <Facts
        items={[
          ['checks.terminal', <Code key="terminal">{check.terminal}</Code>],
          ['common.merchant', <Named key="merchant" id={check.merchant} whole />],
          ['checks.due', <Time key="due" at={check.due_at} />],
          ['checks.done', <Time key="done" at={check.done_at} />],
          ['checks.by', <Named key="by" id={check.by} />],
          ['stock.note', check.note || '–'],
        ]}
      />
      {check.state === 'due' && may('terminal.manage') ? (
        <Finish check={check} />
      ) : (
        <ul className="rows">
          {(check.findings.length > 0 ? check.findings : check.items.map((item) => ({ item, ok: undefined, note: '' }))).map((finding) => (
            <li key={finding.item}>
              <div>
                {word('check_item', finding.item)}
                {finding.note && <div className="faint">{finding.note}</div>}
              </div>
              {finding.ok !== undefined && <Status area="check_finding" state={finding.ok ? 'passed' : 'failed'} />}
            </li>
          ))}
        </ul>
      )}
      {check.state === 'due' && !may('terminal.manage') && <p className="faint">{t('checks.not_yours')}</p>}
    </div>
  )
}

interface Findings {
  note?: string
  items: Record<string, { ok: boolean; note?: string }>
}

/** Finish asks of each item of the list whether it is well, and what is not in words. */
function Finish({ check }: { check: Check }) {
  const { t, word } = useWords()
  const { message } = App.useApp()
  const finish = useAct(
    ({ note = '', items }: Findings, intent) =>
      call('post', '/v1/terminal-checks/{id}/finish', {
        path: { id: check.id },
        body: { note, findings: check.items.map((item) => ({ item, ok: items[item]!.ok, note: items[item]!.note ?? '' })) },
        intent,
      }),
    { refresh: ['/v1/terminal-checks', '/v1/terminals'], done: () => void message.success(t('common.saved')) },
  )
  return (
    <Form<Findings> layout="vertical" onFinish={(fields) => finish.mutate(fields)}>
      <h3>{t('checks.list')}</h3>
      {finish.error && <ProblemAlert problem={asProblem(finish.error)} />}
      {check.items.map((item) => (
        <fieldset key={item} className="fields">
          <legend className="fields-name">{word('check_item', item)}</legend>
          <Form.Item name={['items', item, 'ok']} rules={[{ required: true, message: t('form.required') }]}>
            <Radio.Group
              aria-label={word('check_item', item)}
              options={[
                { value: true, label: t('checks.well') },
                { value: false, label: t('checks.unwell') },
              ]}
            />
          </Form.Item>
          <Form.Item name={['items', item, 'note']}>
            <Input maxLength={200} placeholder={t('stock.note')} aria-label={`${word('check_item', item)}: ${t('stock.note')}`} />
          </Form.Item>
        </fieldset>
      ))}
      <Form.Item name="note" label={t('stock.note')}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={finish.isPending}>
        {t('checks.finish')}
      </Button>
    </Form>
  )
}

interface Planned {
  terminal: string
  kind: (typeof kinds)[number]
  due: string
}

function Plan({ close }: { close: () => void }) {
  const { t, word } = useWords()
  return (
    <FormModal<Planned, Check>
      title="checks.plan"
      verb="checks.plan"
      said="common.saved"
      refresh={['/v1/terminal-checks']}
      run={({ terminal, kind, due }, intent) =>
        call('post', '/v1/terminal-checks', { body: { terminal: terminal.trim(), kind, due_at: dayEnds(due) }, intent })
      }
      close={close}
    >
      <Form.Item name="terminal" label={t('checks.terminal')} extra={t('checks.terminal_hint')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={40} />
      </Form.Item>
      <Form.Item name="kind" label={t('checks.kind')} rules={[{ required: true }]}>
        <Select options={kinds.map((value) => ({ value, label: word('check_kind', value) }))} />
      </Form.Item>
      <Form.Item name="due" label={t('checks.due')} rules={[{ required: true }]}>
        <Input type="date" />
      </Form.Item>
    </FormModal>
  )
}
