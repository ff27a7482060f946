import { PlusOutlined } from '../../shared/ui/icon'
import { App, Button, Form, Input, Radio, Select } from 'antd'
import { useState } from 'react'
import { call, type Answer, type Row } from '../../shared/api/client'
import { dayEnds } from '../../shared/format/time'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Loaded } from '../../shared/ui/loaded'
import { Tag } from '../../shared/ui/status'
import { Ago, Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Block = Row<'/v1/blocks'>

const kinds = ['uscc', 'resident', 'account', 'phone'] as const

const columns: Column<Block>[] = [
  { title: 'blocks.number', render: ({ masked }) => <span className="figures">{masked}</span> },
  { title: 'blocks.kind', render: ({ kind }) => <Kind kind={kind} /> },
  { title: 'blocks.risk', render: (block) => <Risk block={block} /> },
  { title: 'blocks.state', render: (block) => <State block={block} /> },
  { title: 'blocks.until', render: ({ until }) => <Until until={until} /> },
  { title: 'blocks.at', render: ({ at }) => <Ago at={at} /> },
]

function Kind({ kind }: { kind: string }) {
  const { word } = useWords()
  return word('subject_kind', kind)
}

/** Risk names the risk type of the payment association. */
function Risk({ block }: { block: Pick<Block, 'risk_type' | 'meaning'> }) {
  const { known } = useWords()
  return `${block.risk_type} ${known('risk_type', block.risk_type) ?? block.meaning}`
}

function Until({ until }: { until: string | null }) {
  const { t } = useWords()
  return until ? <Time at={until} /> : t('review.for_ever')
}

/** useStanding tells whether an entry holds: it may be lifted, or over. */
function useStanding({ lifted, until }: Block): 'lifted' | 'over' | 'holds' {
  const [now] = useState(() => Date.now())
  if (lifted) return 'lifted'
  return until !== null && new Date(until).getTime() <= now ? 'over' : 'holds'
}

function State({ block }: { block: Block }) {
  const { t } = useWords()
  const state = useStanding(block)
  return <Tag tone={state === 'holds' ? 'bad' : 'plain'}>{t(`blocks.${state}`)}</Tag>
}

/** Component lists who is not served. Of a number only its mask is known here. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const [adding, setAdding] = useState(false)
  return (
    <>
      <PageHeader
        title="blocks.title"
        about="blocks.about"
        actions={
          may('risk.manage') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t('blocks.add')}
            </Button>
          )
        }
      />
      <ListPage
        name="blocks.title"
        address="/v1/blocks"
        id={({ kind, index }) => `${kind}/${index}`}
        columns={columns}
        detail={{ title: ({ masked }) => masked, body: (block) => <BlockDetail block={block} /> }}
        empty="blocks.none"
        files
      />
      {adding && <Add close={() => setAdding(false)} />}
    </>
  )
}

function BlockDetail({ block }: { block: Block }) {
  const { t } = useWords()
  const standing = useStanding(block)
  const { message } = App.useApp()
  return (
    <div className="detail">
      <State block={block} />
      <Facts
        items={[
          ['blocks.kind', <Kind key="kind" kind={block.kind} />],
          ['blocks.number', <span key="number" className="figures">{block.masked}</span>],
          ['blocks.risk', <Risk key="risk" block={block} />],
          ['blocks.source', block.source || '–'],
          ['blocks.reason', block.reason],
          ['blocks.until', <Until key="until" until={block.until} />],
          ['blocks.at', <Time key="at" at={block.at} />],
          ['blocks.by', <Code key="by">{block.by}</Code>],
        ]}
      />
      <Acts
        refresh={['/v1/blocks', '/v1/proposals']}
        done={() => void message.success(t('blocks.lift_asked'))}
        deeds={[
          standing === 'holds' && {
            title: 'blocks.lift',
            about: 'blocks.lift_about',
            reason: 'required',
            run: (reason, intent) =>
              call('post', '/v1/blocks/{kind}/{index}/lift', { path: { kind: block.kind, index: block.index }, body: { reason }, intent }),
          },
        ]}
      />
    </div>
  )
}

interface Fields {
  kind: (typeof kinds)[number]
  number: string
  risk_type: string
  source?: string
  reason: string
  until?: string
}

function Add({ close }: { close: () => void }) {
  const { t, word } = useWords()
  return (
    <Loaded name={['/v1/risk-types']} load={(signal) => call('get', '/v1/risk-types', { signal })}>
      {({ data }) => (
        <FormModal<Fields, Answer<'/v1/blocks', 'post'>>
          title="blocks.add"
          verb="blocks.add"
          about="blocks.add_about"
          said="common.saved"
          first={{ kind: 'resident' }}
          refresh={['/v1/blocks']}
          run={({ number, until, ...rest }, intent) =>
            call('post', '/v1/blocks', { body: { ...rest, number: number.trim(), until: until ? dayEnds(until) : undefined }, intent })
          }
          close={close}
        >
          <Form.Item name="kind" label={t('blocks.kind')}>
            <Radio.Group options={kinds.map((value) => ({ value, label: word('subject_kind', value) }))} />
          </Form.Item>
          <Form.Item name="number" label={t('blocks.number')} extra={t('blocks.number_about')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={64} autoComplete="off" />
          </Form.Item>
          <Form.Item name="risk_type" label={t('blocks.risk')} rules={[{ required: true }]}>
            <Select
              showSearch={{ optionFilterProp: 'label' }}
              options={data.map(({ code, meaning }) => ({ value: code, label: <Risk key={code} block={{ risk_type: code, meaning }} /> }))}
            />
          </Form.Item>
          <Form.Item name="source" label={t('blocks.source')}>
            <Input maxLength={100} />
          </Form.Item>
          <Form.Item name="until" label={t('blocks.until')} extra={t('blocks.until_about')}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="reason" label={t('blocks.reason')} rules={[{ required: true, whitespace: true }]}>
            <Input.TextArea rows={3} maxLength={500} />
          </Form.Item>
        </FormModal>
      )}
    </Loaded>
  )
}
