import { Button, Form, Input, Radio } from 'antd'
import { useState } from 'react'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { send } from '../../shared/api/send'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import { Card } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Status, Tag } from '../../shared/ui/status'
import { Upload } from '../../shared/ui/upload'
import { Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Application = Answer<'/v1/applications/{id}'>

/** Checks lists what the provider of checks was asked and answered. */
export function Checks({ application, asks }: { application: Application; asks: boolean }) {
  const { t, word } = useWords()
  const { id, checks } = application
  const ask = useAct(
    (check: string, intent) => call('post', '/v1/applications/{id}/checks/{check}/ask', { path: { id, check }, intent }),
    { refresh: ['/v1/applications'] },
  )
  return (
    <Card title={t('review.checks')}>
      {ask.error && <ProblemAlert problem={asProblem(ask.error)} />}
      {checks.length === 0 && <p className="faint">{t('review.no_checks')}</p>}
      <ul className="rows">
        {checks.map((check) => (
          <li key={check.id}>
            <div>
              <strong>{word('proof', check.kind)}</strong>{' '}
              <span className="faint">{word('review_section', check.part.replace(/\.\d+$/, ''))}</span>
              {check.differs.length > 0 && (
                <div>{t('review.differs', { parts: check.differs.map((part) => word('differs', part)).join(' · ') })}</div>
              )}
              <div className="faint">
                <Time at={check.answered_at ?? check.asked_at} /> {t('review.tries', { count: check.tries })}
              </div>
            </div>
            <span className="actions">
              <Status area="proof_state" state={check.state} />
              {asks && check.state !== 'match' && (
                <Button size="small" loading={ask.isPending && ask.variables === check.id} onClick={() => ask.mutate(check.id)}>
                  {t('review.ask_again')}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Related lists merchants that share a number or an account with the application, and hits on the block list. */
export function Related({ id }: { id: string }) {
  const { t, word } = useWords()
  const shares = (kinds: string[]) => kinds.map((kind) => word('subject_kind', kind)).join(' · ')
  return (
    <Card title={t('review.related')}>
      <Loaded name={['/v1/applications', 'related', id]} load={(signal) => call('get', '/v1/applications/{id}/related', { path: { id }, signal })}>
        {({ merchants, blocks }) => (
          <>
            {merchants.length + blocks.length === 0 && <p className="faint">{t('review.unrelated')}</p>}
            <ul className="rows">
              {blocks.map((block) => (
                <li key={`${block.kind} ${block.index}`}>
                  <div>
                    <strong>{word('subject_kind', block.kind)}</strong> <span className="figures">{block.masked}</span>
                    <div>{block.meaning || block.risk_type}</div>
                    <div className="faint">{[block.source, block.reason].filter(Boolean).join(' · ')}</div>
                  </div>
                  <Tag tone={block.lifted ? 'plain' : 'bad'}>{t(block.lifted ? 'review.block_lifted' : 'review.blocked')}</Tag>
                </li>
              ))}
              {merchants.map((one) => (
                <li key={one.merchant}>
                  <div>
                    <strong>{one.name || one.merchant}</strong> <span className="figures">{one.number}</span>
                    <div className="faint">{t('review.shares', { parts: shares(one.kinds) })}</div>
                  </div>
                  <Status area="merchant_state" state={one.state} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  )
}

const picturesMax = 10 // of one visit

interface VisitFields {
  kind: 'site_visit' | 'call_back'
  result: 'passed' | 'failed' | 'nobody'
  note?: string
}

/** Visits lists what somebody saw at the shop or heard on the telephone, and records more. */
export function Visits({ application }: { application: Application }) {
  const { t, word } = useWords()
  const may = useMay()
  const [open, setOpen] = useState(false)
  const [documents, setDocuments] = useState<string[]>([])
  const { id, state } = application
  const path = { id }
  return (
    <Card
      title={t('review.visits')}
      extra={
        may('application.review') &&
        (state === 'submitted' || state === 'claimed') && <Button onClick={() => setOpen(true)}>{t('review.visit_add')}</Button>
      }
    >
      <Loaded name={['/v1/applications', 'visits', id]} load={(signal) => call('get', '/v1/applications/{id}/visits', { path, signal })}>
        {({ data }) => (
          <>
            {data.length === 0 && <p className="faint">{t('review.no_visits')}</p>}
            <ul className="rows">
              {data.map((visit) => (
                <li key={visit.id}>
                  <div>
                    <strong>{word('visit_kind', visit.kind)}</strong> {visit.note}
                    <div className="faint">
                      <Time at={visit.at} /> {visit.by_name}
                    </div>
                    {may('document.view') && <Pictures documents={visit.documents} />}
                  </div>
                  <Status area="visit_result" state={visit.result} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
      {open && (
        <FormModal<VisitFields, unknown>
          title="review.visit_add"
          verb="common.save"
          said="common.saved"
          first={{ kind: 'site_visit', result: 'passed' }}
          refresh={['/v1/applications']}
          run={(body, intent) => call('post', '/v1/applications/{id}/visits', { path, body: { ...body, documents }, intent })}
          close={() => {
            setOpen(false)
            setDocuments([])
          }}
        >
          <Form.Item name="kind" label={t('review.visit_kind')}>
            <Radio.Group options={(['site_visit', 'call_back'] as const).map((value) => ({ value, label: word('visit_kind', value) }))} />
          </Form.Item>
          <Form.Item name="result" label={t('review.visit_result')}>
            <Radio.Group options={(['passed', 'failed', 'nobody'] as const).map((value) => ({ value, label: word('visit_result', value) }))} />
          </Form.Item>
          <Form.Item name="note" label={t('review.visit_note')}>
            <Input.TextArea rows={4} maxLength={2000} showCount />
          </Form.Item>
          <Upload
            label={t('review.visit_pictures')}
            kinds={['jpeg', 'png']}
            maxBytes={10 << 20}
            many
            send={async (file, progress, signal) =>
              ((await send(`/v1/applications/${id}/documents?kind=visit`, file, progress, signal)) as { id: string }).id
            }
            done={(added) => setDocuments((list) => [...list, added])}
            keep={{ most: picturesMax, back: (gone) => setDocuments((list) => list.filter((one) => one !== gone)) }}
          />
        </FormModal>
      )}
    </Card>
  )
}

/** Pictures offers the pictures of a visit; each is loaded when it is asked for, since every look is in the trail. */
function Pictures({ documents }: { documents: readonly string[] }) {
  const { t } = useWords()
  const [shown, setShown] = useState<string>()
  if (documents.length === 0) return null
  return (
    <div className="actions gap-top">
      {documents.map((id, index) => (
        <Button key={id} size="small" aria-pressed={id === shown} onClick={() => setShown(id === shown ? undefined : id)}>
          {t('review.visit_picture', { number: index + 1 })}
        </Button>
      ))}
      {shown && <img className="picture" src={`/v1/documents/${shown}/content`} alt={t('review.visit_picture', { number: documents.indexOf(shown) + 1 })} />}
    </div>
  )
}
