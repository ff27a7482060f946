import { SafetyCertificateOutlined } from '../../shared/ui/icon'
import { Alert, Button } from 'antd'
import { call, type Row } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useAct } from '../../shared/session/act'
import { Facts, PageHeader } from '../../shared/ui/block'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type AuditRecord = Row<'/v1/audit'>

const columns: Column<AuditRecord>[] = [
  { title: 'audit.at', render: ({ at }) => <Time at={at} /> },
  { title: 'audit.action', render: ({ action }) => <Action name={action} /> },
  { title: 'audit.actor', render: ({ actor, actor_name }) => actor_name || <Code>{actor}</Code> },
  { title: 'audit.subject', render: ({ subject }) => <Code>{subject}</Code> },
  { title: 'audit.detail', render: ({ detail }) => detail || '–' },
]

/** Action says what was done; what became of an act on a payment is told as the act and its result. */
function Action({ name }: { name: string }) {
  const { known, word } = useWords()
  const [kind = '', result = ''] = name.split('.')
  const act = known('operation_kind', kind)
  if (!act) return word('action', name)
  return `${act} · ${known('payment_result', result) ?? word('operation_state', result)}`
}

/** Component is the trail of who did what, with a check that nothing in it was changed or taken out. */
export function Component() {
  const { t } = useWords()
  const check = useAct((_: void, intent) => call('post', '/v1/audit/verify', { intent }))
  return (
    <>
      <PageHeader
        title="audit.title"
        about="audit.about"
        actions={
          <Button icon={<SafetyCertificateOutlined />} loading={check.isPending} onClick={() => check.mutate()}>
            {t('audit.check')}
          </Button>
        }
      />
      {check.error && <ProblemAlert problem={asProblem(check.error)} />}
      {check.data && (
        <Alert
          className="gap-bottom"
          role="status"
          showIcon
          closable={{ closeIcon: true, onClose: () => check.reset(), 'aria-label': t('common.close') }}
          type={check.data.ok ? 'success' : 'error'}
          title={check.data.ok ? t('audit.whole', { count: check.data.records }) : t('audit.broken')}
          description={check.data.fault}
        />
      )}
      <ListPage
        name="audit.title"
        address="/v1/audit"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'text', name: 'action', label: 'audit.action', hint: 'audit.action_hint' },
          { kind: 'text', name: 'actor', label: 'audit.actor' },
          { kind: 'text', name: 'subject', label: 'audit.subject' },
          { kind: 'days', label: 'list.days' },
        ]}
        detail={{ title: ({ action }) => <Action name={action} />, body: (record) => <AuditDetail record={record} /> }}
        empty="audit.none"
        files
      />
    </>
  )
}

function AuditDetail({ record }: { record: AuditRecord }) {
  return (
    <div className="detail">
      <Facts
        items={[
          ['audit.at', <Time key="at" at={record.at} />],
          ['audit.action', <Code key="action">{record.action}</Code>],
          ['audit.actor', record.actor_name || '–'],
          ['audit.actor_id', <Code key="actor">{record.actor}</Code>],
          ['audit.subject', <Code key="subject">{record.subject}</Code>],
          ['audit.merchant', <Code key="merchant">{record.merchant}</Code>],
          ['audit.detail', record.detail || '–'],
          ['audit.id', <Code key="id">{record.id}</Code>],
        ]}
      />
    </div>
  )
}
