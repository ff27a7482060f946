import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { call, type Row } from '../api/client'
import { useAct } from '../session/act'
import { useMay, useMe } from '../session/me'
import { Facts, PageHeader } from '../ui/block'
import type { Tree } from '../ui/changes'
import { Confirm } from '../ui/confirm'
import { Diff } from '../ui/diff'
import { ListPage, type Column } from '../ui/list_page'
import { Named } from '../ui/named'
import { Status } from '../ui/status'
import { Timeline, type Moment } from '../ui/timeline'
import { Ago, Code, Time } from '../ui/value'
import { useWords } from '../words/words'

type Proposal = Row<'/v1/proposals'>
type Verb = 'approve' | 'reject' | 'withdraw'

const columns: Column<Proposal>[] = [
  { title: 'proposals.kind', render: ({ kind }) => <Kind kind={kind} /> },
  { title: 'proposals.state', render: ({ state }) => <Status state={state} /> },
  { title: 'proposals.subject', render: ({ subject }) => <Named id={subject} /> },
  { title: 'proposals.asked_by', render: ({ asked_by, asked_by_name }) => asked_by_name || asked_by },
  { title: 'proposals.asked_at', render: ({ created_at }) => <Time at={created_at} /> },
  { title: 'proposals.expires', render: ({ state, expires_at }) => (state === 'open' ? <Ago at={expires_at} /> : '–') },
]

/** Subject names what is to change. An application leads to where it is reviewed, with its papers and all that differs. */
function Subject({ id }: { id: string }) {
  const { t } = useWords()
  const may = useMay()
  if (id.startsWith('app_') && may('application.review')) return <Link to={`/applications/${id}`}>{t('proposals.look')}</Link>
  return <Named id={id} whole />
}

function Kind({ kind }: { kind: string }) {
  const { word } = useWords()
  return word('proposal_kind', kind)
}

/** Component lists changes that take two people, and lets the second one decide. */
export function Component() {
  return (
    <>
      <PageHeader title="proposals.title" about="proposals.about" />
      <ListPage
        name="proposals.title"
        address="/v1/proposals"
        id={({ id }) => id}
        columns={columns}
        filters={[
          {
            kind: 'choice',
            name: 'state',
            label: 'proposals.state',
            area: 'state',
            values: ['open', 'approved', 'rejected', 'withdrawn', 'expired'],
          },
        ]}
        detail={{
          title: ({ kind }) => <Kind kind={kind} />,
          body: (proposal, close) => <ProposalDetail proposal={proposal} close={close} />,
          load: (id, signal) => call('get', '/v1/proposals/{id}', { path: { id }, signal }),
        }}
        empty="proposals.none"
      />
    </>
  )
}

function ProposalDetail({ proposal, close }: { proposal: Proposal; close: () => void }) {
  const { t } = useWords()
  const may = useMay()
  const { user } = useMe()
  const [verb, setVerb] = useState<Verb>()
  const mine = proposal.mine ?? proposal.asked_by === user.id
  const open = proposal.state === 'open'
  const decide = useAct(
    (reason: string, intent) =>
      call('post', `/v1/proposals/{id}/${verb!}`, { path: { id: proposal.id }, body: { reason: reason || undefined }, intent }),
    { refresh: ['/v1/proposals', '/v1/staff', '/v1/dashboard'], done: close },
  )
  return (
    <div className="detail">
      <Status state={proposal.state} />
      <Facts
        items={[
          ['proposals.subject', <Subject key="subject" id={proposal.subject} />],
          ['proposals.expires', <Time key="expires" at={proposal.expires_at} />],
          ['proposals.id', <Code key="id">{proposal.id}</Code>],
        ]}
      />
      <h3>{t('proposals.change')}</h3>
      <Diff before={proposal.before as Tree | undefined} after={proposal.after as Tree | undefined} />
      <h3>{t('proposals.course')}</h3>
      <Timeline moments={course(proposal, t)} />
      {open && (
        <div className="actions detail-actions">
          {mine ? (
            <>
              <p className="faint">{t('proposals.another')}</p>
              <Button onClick={() => setVerb('withdraw')}>{t('proposals.withdraw')}</Button>
            </>
          ) : (
            may('approval.decide') && (
              <>
                <Button type="primary" onClick={() => setVerb('approve')}>
                  {t('proposals.approve')}
                </Button>
                <Button danger onClick={() => setVerb('reject')}>
                  {t('proposals.reject')}
                </Button>
              </>
            )
          )}
        </div>
      )}
      {verb && (
        <Confirm
          open
          title={`proposals.${verb}`}
          verb={`proposals.${verb}`}
          danger={verb === 'reject'}
          reason={verb === 'reject' ? 'required' : 'optional'}
          act={decide}
          close={() => setVerb(undefined)}
        >
          <p>{t(`proposals.${verb}_about`)}</p>
        </Confirm>
      )}
    </div>
  )
}

/** course tells who asked and who decided. */
function course(proposal: Proposal, t: ReturnType<typeof useWords>['t']): Moment[] {
  const moments: Moment[] = [
    {
      id: 'asked',
      at: proposal.created_at,
      title: t('proposals.asked'),
      who: proposal.asked_by_name || proposal.asked_by,
      note: proposal.reason,
      tone: 'info',
    },
  ]
  if (proposal.state !== 'open') {
    moments.push({
      id: 'decided',
      at: proposal.decided_at,
      title: <Status state={proposal.state} />,
      who: proposal.decided_by_name || proposal.decided_by,
      note: proposal.decision_reason,
      tone: proposal.state === 'approved' ? 'good' : proposal.state === 'rejected' ? 'bad' : 'plain',
    })
  }
  return moments
}
