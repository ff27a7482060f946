import { Alert, Button, Input } from 'antd'
import { useRef, useState, type ReactNode } from 'react'
import { Link, useParams } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { FieldName, fieldsOf, FieldValue, sectionsOf, valueOf, type Section } from '../../shared/application/form'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { Loaded } from '../../shared/ui/loaded'
import { Named } from '../../shared/ui/named'
import { ProblemAlert, sayRemark } from '../../shared/ui/problem_alert'
import { Status, Tag } from '../../shared/ui/status'
import { Timeline } from '../../shared/ui/timeline'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { Changed } from '../application/changed'
import { Checks, Related, Visits } from '../application/evidence'
import { Papers } from '../application/papers'

type Application = Answer<'/v1/applications/{id}'>
type Remarks = Record<string, string>

/** Component is the page of one application: what it says beside its documents, what is known of it, and the decision. */
export function Component() {
  const { t } = useWords()
  const { id = '' } = useParams()
  return (
    <>
      <PageHeader
        title="review.one"
        actions={
          <Link className="button" to="/applications">
            {t('review.back')}
          </Link>
        }
      />
      <Loaded name={['/v1/applications', 'one', id]} load={(signal) => call('get', '/v1/applications/{id}', { path: { id }, signal })}>
        {(application) => <Review key={application.id} application={application} />}
      </Loaded>
    </>
  )
}

/** useRemarks keeps what a reviewer has written and not sent yet, for as long as the window is open. */
function useRemarks(application: string): [Remarks, (change: (all: Remarks) => Remarks) => void] {
  const place = `yifen.remarks.${application}`
  const [remarks, setRemarks] = useState<Remarks>(() => JSON.parse(sessionStorage.getItem(place) ?? '{}') as Remarks)
  const change = (next: (all: Remarks) => Remarks) =>
    setRemarks((all) => {
      const written = next(all)
      sessionStorage.setItem(place, JSON.stringify(written))
      return written
    })
  return [remarks, change]
}

function Review({ application }: { application: Application }) {
  const { t, word } = useWords()
  const may = useMay()
  const [remarks, setRemarks] = useRemarks(application.id)
  const [chosen, setChosen] = useState(application.documents[0]?.id)
  const reviews = application.mine && application.state === 'claimed' && may('application.review')
  const remark = (field: string): ReactNode =>
    reviews && <RemarkBox field={field} text={remarks[field] ?? ''} write={(text) => setRemarks((all) => ({ ...all, [field]: text }))} />
  const papers = useRef<HTMLDivElement>(null)
  const compare = (document: string) => {
    setChosen(document)
    papers.current?.scrollIntoView({ block: 'nearest' }) // in a narrow window the papers lie below
  }
  const choose = (kinds: readonly string[]) => application.documents.find(({ kind }) => kinds.includes(kind))?.id
  return (
    <div className="stack-wide">
      <Card
        title={application.name || <Code>{application.id}</Code>}
        extra={
          <span className="chips">
            <Status area="application_state" state={application.state} />
            {application.grade && <Status area="grade" state={application.grade} />}
          </span>
        }
      >
        <div className="columns">
          <Facts
            items={[
              ['review.purpose', word('purpose', application.purpose)],
              ['form_field.kind', application.kind ? word('merchant_kind', application.kind) : '–'],
              ['common.merchant', <Named key="merchant" id={application.merchant} whole />],
              ['apply.submitted', <Time key="submitted" at={application.submitted_at} />],
            ]}
          />
          <Facts
            items={[
              ['review.claimed_by', application.mine ? t('claimed.me') : <Named key="by" id={application.claimed_by} />],
              ['review.claimed_until', <Time key="until" at={application.claimed_until} />],
              ['review.signed', application.signed ? t('apply.signed', { name: application.signed.name }) : '–'],
              ['services.reason', application.reason || '–'],
            ]}
          />
        </div>
        {application.reasons.length > 0 && (
          <p className="gap-top">
            {t('review.grade_reasons')} {application.reasons.map((reason) => word('grade_reason', reason)).join(' · ')}
          </p>
        )}
        {application.override && <p>{t('review.overridden', { reason: application.override })}</p>}
        <Hold application={application} />
      </Card>
      <Wanting application={application} />
      <Changed application={application} />
      <div className="compare">
        <div className="stack-wide">
          {sectionsOf(application.kind ?? '')
            .filter((section) => application.sections.includes(section))
            .map((section) => {
              const document = choose(pictures[section])
              return (
                <Card
                  key={section}
                  title={word('review_section', section)}
                  extra={document && <Button onClick={() => compare(document)}>{t('review.compare')}</Button>}
                >
                  <Said application={application} section={section} remark={remark} />
                </Card>
              )
            })}
        </div>
        <Papers at={papers} documents={application.documents} chosen={chosen} choose={setChosen} remark={remark} />
      </div>
      <div className="columns">
        <Checks application={application} asks={reviews} />
        <Related id={application.id} />
        <Visits application={application} />
        <Card title={t('review.history')}>
          <Timeline
            moments={foldSaves(application.history).map(({ move, saves }, index) => ({
              id: String(index),
              at: move.at,
              title: saves > 1 ? t('review.saves', { count: saves }) : word('application_verb', move.verb),
              who: move.by_name,
              note: move.reason,
              tone: ({ approve: 'good', reject: 'bad', return: 'warn', submit: 'info' } as const)[move.verb],
            }))}
          />
        </Card>
      </div>
      {reviews && <Decision application={application} remarks={remarks} done={() => setRemarks(() => ({}))} />}
    </div>
  )
}

type Move = Application['history'][number]

/** foldSaves makes one entry of saves that follow one another: forms are saved as one types. */
function foldSaves(history: Move[]): { move: Move; saves: number }[] {
  const folded: { move: Move; saves: number }[] = []
  for (const move of history) {
    const last = folded.at(-1)
    if (last && move.verb === 'save' && last.move.verb === 'save' && last.move.by === move.by) {
      last.move = move
      last.saves++
    } else {
      folded.push({ move, saves: 1 })
    }
  }
  return folded
}

// The documents in which what a section says can be read.
const pictures: Record<Section, readonly string[]> = {
  subject: ['license'],
  person: ['identity_front', 'identity_back'],
  owners: ['owner_identity'],
  account: ['account_proof', 'authorization'],
  business: ['shop_front', 'counter'],
  place: ['lease', 'shop_front'],
}

/** Hold takes an application to review, or gives it back. */
function Hold({ application }: { application: Application }) {
  const { t } = useWords()
  const may = useMay()
  const { id, state, mine } = application
  const hold = useAct((word: 'claim' | 'release', intent) => call('post', `/v1/applications/{id}/${word}`, { path: { id }, intent }), {
    refresh: ['/v1/applications'],
  })
  if (!may('application.review') || (state !== 'submitted' && state !== 'claimed')) return null
  return (
    <>
      {hold.error && <ProblemAlert problem={asProblem(hold.error)} />}
      <div className="actions gap-top">
        {mine ? (
          <Button loading={hold.isPending} onClick={() => hold.mutate('release')}>
            {t('review.release')}
          </Button>
        ) : (
          <Button type="primary" loading={hold.isPending} onClick={() => hold.mutate('claim')}>
            {t('review.claim')}
          </Button>
        )}
        {!mine && <span className="faint">{t('review.claim_first')}</span>}
      </div>
    </>
  )
}

/** Wanting lists what is missing or in doubt, and what was asked to be corrected. */
function Wanting({ application }: { application: Application }) {
  const words = useWords()
  const { t, word } = words
  const { missing, findings } = application
  const remarks = application.state === 'approved' ? [] : application.remarks // what was asked for came
  if (missing.length + findings.length + remarks.length === 0) return null
  return (
    <Alert
      type="warning"
      showIcon
      title={t('review.wanting')}
      description={
        <ul className="plain">
          {missing.map((kind) => (
            <li key={kind}>{t('review.missing', { name: word('paper', kind) })}</li>
          ))}
          {findings.map((finding) => (
            <li key={`${finding.field} ${finding.code}`}>
              <strong>
                <FieldName field={finding.field} />
              </strong>{' '}
              {sayRemark(words, finding)}
              {finding.want && ` (${finding.want})`}
            </li>
          ))}
          {remarks.map(({ field, text }) => (
            <li key={`asked ${field}`}>
              {t('review.asked')}{' '}
              <strong>
                <FieldName field={field} />
              </strong>{' '}
              {text}
            </li>
          ))}
        </ul>
      }
    />
  )
}

interface SaidProps {
  application: Application
  section: Section
  remark: (field: string) => ReactNode
}

/** Said lists the fields of one section, with what was known before, and a place for a remark at each. */
function Said({ application, section, remark }: SaidProps) {
  const words = useWords()
  const { t } = words
  const { form, known, findings } = application
  const fields = fieldsOf(form, section)
  if (fields.length === 0) {
    return (
      <>
        <p className="faint">{t('review.none_named')}</p>
        {remark(section)}
      </>
    )
  }
  return (
    <dl className="facts">
      {fields.map((field) => {
        const value = valueOf(form, field)
        const before = known ? valueOf(known, field) : undefined
        const finding = findings.find((one) => one.field === field)
        return (
          <div key={field}>
            <dt>
              <FieldName field={field} />
            </dt>
            <dd>
              <FieldValue field={field} value={value} />
              {before !== undefined && before !== value && (
                <div className="faint">
                  {t('review.before')} <FieldValue field={field} value={before} />
                </div>
              )}
              {finding && (
                <div>
                  <Tag tone={finding.severity === 'error' ? 'bad' : 'warn'}>{sayRemark(words, finding)}</Tag>
                </div>
              )}
              {remark(field)}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

function RemarkBox({ field, text, write }: { field: string; text: string; write: (text: string) => void }) {
  const { t } = useWords()
  const id = `remark-${field}`
  return (
    <div className="remark">
      <label htmlFor={id} className="hidden-visually">
        {t('review.remark')} <FieldName field={field} />
      </label>
      <Input id={id} size="small" maxLength={500} placeholder={t('review.remark')} value={text} onChange={(event) => write(event.target.value)} />
    </div>
  )
}

/** Decision offers what a reviewer may decide of the state that they see. */
function Decision({ application, remarks, done }: { application: Application; remarks: Remarks; done: () => void }) {
  const { t } = useWords()
  const [override, setOverride] = useState('')
  const { version } = application
  const path = { id: application.id }
  const written = Object.entries(remarks)
    .map(([field, text]) => ({ field, text: text.trim() }))
    .filter(({ text }) => text)
  return (
    <Card title={t('review.decision')}>
      <p className="faint">{written.length > 0 ? t('review.remarks', { count: written.length }) : t('review.remark_first')}</p>
      <Acts
        refresh={['/v1/applications', '/v1/merchants', '/v1/proposals']}
        done={done}
        deeds={[
          {
            title: 'review.approve',
            about: 'review.approve_about',
            primary: true,
            run: (_, intent) => call('post', '/v1/applications/{id}/approve', { path, body: { version }, intent }),
          },
          {
            title: 'review.propose',
            about: 'review.propose_about',
            reason: 'required',
            fields: (
              <div className="gap-bottom">
                <label htmlFor="override">{t('review.override')}</label>
                <Input.TextArea id="override" rows={2} maxLength={500} value={override} onChange={(event) => setOverride(event.target.value)} />
              </div>
            ),
            run: (reason, intent) =>
              call('post', '/v1/applications/{id}/propose-approval', {
                path,
                body: { version, reason, override: override.trim() || undefined },
                intent,
              }),
          },
          written.length > 0 && {
            title: 'review.return',
            about: 'review.return_about',
            reason: 'optional',
            fields: (
              <ul className="plain gap-bottom">
                {written.map(({ field, text }) => (
                  <li key={field}>
                    <strong>
                      <FieldName field={field} />
                    </strong>{' '}
                    {text}
                  </li>
                ))}
              </ul>
            ),
            run: (reason, intent) =>
              call('post', '/v1/applications/{id}/return', { path, body: { version, remarks: written, reason: reason || undefined }, intent }),
          },
          {
            title: 'review.reject',
            about: 'review.reject_about',
            danger: true,
            reason: 'required',
            run: (reason, intent) => call('post', '/v1/applications/{id}/reject', { path, body: { version, reason }, intent }),
          },
        ]}
      />
    </Card>
  )
}
