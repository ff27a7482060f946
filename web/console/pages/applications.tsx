import { Link } from 'react-router'
import { call, type Row } from '../../shared/api/client'
import { Facts, PageHeader } from '../../shared/ui/block'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Named } from '../../shared/ui/named'
import { Status } from '../../shared/ui/status'
import { Ago, Code, Nothing, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Application = Row<'/v1/applications'>

const columns: Column<Application>[] = [
  { title: 'review.name', render: ({ name, id }) => name || <Code>{id}</Code> },
  { title: 'review.state', render: ({ state }) => <Status area="application_state" state={state} /> },
  { title: 'review.purpose', render: ({ purpose }) => <Word area="purpose" value={purpose} /> },
  { title: 'form_field.kind', render: ({ kind }) => <Word area="merchant_kind" value={kind} /> },
  { title: 'review.grade', render: ({ grade }) => (grade ? <Status area="grade" state={grade} /> : <Nothing />) },
  { title: 'apply.submitted', render: ({ submitted_at }) => <Ago at={submitted_at} /> },
]

function Word({ area: of, value }: { area: 'purpose' | 'merchant_kind'; value: string }) {
  const { word } = useWords()
  if (!value) return <Nothing />
  return of === 'purpose' ? word('purpose', value) : word('merchant_kind', value)
}

/** Component is the queue of applications, and all that were decided. */
export function Component() {
  const { t } = useWords()
  return (
    <>
      <PageHeader title="review.title" about="review.about" />
      <ListPage
        name="review.title"
        address="/v1/applications"
        id={({ id }) => id}
        columns={columns}
        filters={[
          {
            kind: 'choice',
            name: 'state',
            label: 'review.state',
            area: 'application_state',
            values: ['submitted', 'claimed', 'returned', 'approved', 'rejected', 'withdrawn', 'draft'],
          },
          { kind: 'choice', name: 'purpose', label: 'review.purpose', area: 'purpose', values: ['onboarding', 'change', 'reverification'] },
          { kind: 'choice', name: 'claimed', label: 'review.claimed_by', area: 'claimed', values: ['me', 'any'] },
          { kind: 'text', name: 'name', label: 'review.name', hint: 'review.name_hint' },
        ]}
        detail={{
          title: ({ name }) => name || t('review.one'),
          body: (application) => <Brief application={application} />,
          load: (id, signal) => call('get', '/v1/applications/{id}', { path: { id }, signal }),
        }}
        empty="review.none"
        files
      />
    </>
  )
}

/** Brief says where an application stands, and leads to the page where it is reviewed. */
function Brief({ application }: { application: Application }) {
  const { t } = useWords()
  return (
    <div className="detail">
      <Status area="application_state" state={application.state} />
      <Facts
        items={[
          ['review.purpose', <Word key="purpose" area="purpose" value={application.purpose} />],
          ['form_field.kind', <Word key="kind" area="merchant_kind" value={application.kind} />],
          ['common.merchant', <Named key="merchant" id={application.merchant} whole />],
          ['review.claimed_by', application.mine ? t('claimed.me') : <Named key="by" id={application.claimed_by} />],
          ['review.claimed_until', <Time key="until" at={application.claimed_until} />],
          ['apply.submitted', <Time key="submitted" at={application.submitted_at} />],
          ['apply.decided', <Time key="decided" at={application.decided_at} />],
          ['services.reason', application.reason || '–'],
          ['account.id', <Code key="id">{application.id}</Code>],
        ]}
      />
      <div className="actions detail-actions">
        <Link className="button" to={`/applications/${application.id}`}>
          {t('review.look')}
        </Link>
      </div>
    </div>
  )
}
