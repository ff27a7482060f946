import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Form, Input, InputNumber, Progress, QRCode, Radio, Skeleton, Steps } from 'antd'
import type { Rule } from 'antd/es/form'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { call, newIntent, type Answer } from '../../shared/api/client'
import { asProblem, Problem } from '../../shared/api/problem'
import { FieldName, valueOf } from '../../shared/application/form'
import { AreaPicker, CategoryPicker } from '../../shared/area/area_picker'
import { formatTime } from '../../shared/format/time'
import { useAct } from '../../shared/session/act'
import { useMay, useMe } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { Loaded } from '../../shared/ui/loaded'
import { ProblemAlert, sayProblem, sayRemark } from '../../shared/ui/problem_alert'
import { Status } from '../../shared/ui/status'
import { Upload } from '../../shared/ui/upload'
import { Time } from '../../shared/ui/value'
import { useWords, type Key } from '../../shared/words/words'
import { Begin, type Kind } from './apply_new'

type Application = Answer<'/v1/applications/{id}'>
type FormOf = Application['form']
const papers = ['license', 'identity_front', 'identity_back', 'account_proof', 'shop_front', 'counter', 'lease', 'authorization', 'owner_identity', 'other'] as const
type Paper = (typeof papers)[number]

const steps = ['subject', 'person', 'account', 'business', 'documents', 'agreement'] as const
type Step = (typeof steps)[number]
const quietMs = 800 // after which what was typed is saved
const pieces = { subject: 'subject', person: 'person', owners: 'person', account: 'account', business: 'business', place: 'business' } as const

/** Component leads a person from nothing to a merchant: it saves as one types, and says at each field what is wrong. */
export function Component() {
  return (
    <>
      <PageHeader title="apply.title" about="apply.about" />
      <Loaded
        name={['/v1/applications', 'latest']}
        load={async (signal) => (await call('get', '/v1/applications', { query: { limit: 1 }, signal })).data[0] ?? null}
      >
        {(latest) => (latest ? <One id={latest.id} /> : <Begin />)}
      </Loaded>
    </>
  )
}

/** One is an application, to be filled in or as it was handed in. */
export function One({ id }: { id: string }) {
  return (
    <Loaded name={['/v1/applications', 'one', id]} load={(signal) => call('get', '/v1/applications/{id}', { path: { id }, signal })}>
      {(application) =>
        application.state === 'draft' || application.state === 'returned' ? (
          <Draft key={application.id} application={application} />
        ) : (
          <HandedIn application={application} />
        )
      }
    </Loaded>
  )
}

function HandedIn({ application }: { application: Application }) {
  const { t } = useWords()
  const { user } = useMe()
  const may = useMay()
  const approved = application.state === 'approved' && user.realm === 'merchant'
  const unsigned = approved && !application.signed && application.purpose === 'onboarding' && may('application.edit')
  return (
    <Card title={application.name || t('apply.title')} extra={<Status area="application_state" state={application.state} />}>
      <Facts
        items={[
          ['apply.submitted', <Time key="submitted" at={application.submitted_at} />],
          ['apply.decided', <Time key="decided" at={application.decided_at} />],
          ...(application.reason && application.state !== 'approved' ? [['services.reason', application.reason] as [Key, string]] : []),
        ]}
      />
      {(application.state === 'submitted' || application.state === 'claimed') && (
        <>
          <p className="faint gap-top">{t('apply.waiting')}</p>
          <Withdraw id={application.id} />
        </>
      )}
      {approved && !unsigned && (
        <div className="actions gap-top">
          <span>{t('apply.open_now')}</span>
          <Link className="button" to="/services">
            {t('services.title')}
          </Link>
          <Link className="button" to="/merchant">
            {t('mine.title')}
          </Link>
        </div>
      )}
      {unsigned && (
        <>
          <p className="faint gap-top">{t('apply.unsigned')}</p>
          <Agreement id={application.id} />
        </>
      )}
      {(application.state === 'rejected' || application.state === 'withdrawn') && <Begin />}
    </Card>
  )
}

function Withdraw({ id }: { id: string }) {
  return (
    <Acts
      refresh={['/v1/applications']}
      deeds={[
        {
          title: 'apply.withdraw',
          about: 'apply.withdraw_about',
          danger: true,
          reason: 'optional',
          run: (reason, intent) =>
            call('post', '/v1/applications/{id}/withdraw', { path: { id }, body: { reason: reason || undefined }, intent }),
        },
      ]}
    />
  )
}

/**
 * stepsOf lists the steps of an application: those of the sections that it carries. A micro merchant has no license,
 * what a change needs was signed before, and only the merchant's own people sign.
 */
function stepsOf({ kind, purpose, sections }: Application, signs: boolean): readonly Step[] {
  if (purpose === 'onboarding') return steps.filter((step) => (step !== 'subject' || kind !== 'micro') && (step !== 'agreement' || signs))
  return steps.filter((step) => step === 'documents' || sections.some((section) => pieces[section as keyof typeof pieces] === step))
}

/** stepOf tells on which step a field stands. */
function stepOf(field: string): Step {
  const [head = ''] = field.split('.')
  if (field === 'document.agreement') return 'agreement'
  return head === 'document' ? 'documents' : (pieces[head as keyof typeof pieces] ?? 'subject')
}

/** Refused says why an application was not taken, and leads to each field that was named and is not corrected yet. */
function Refused({ problem, findings, go }: { problem: Problem; findings: { field: string }[]; go: (to: Step) => void }) {
  const words = useWords()
  const named = problem.remarks.flatMap((remark) => {
    const field = (remark.location ?? '').replace(/^body\.form\./, '').replace(/^documents\./, 'document.')
    const stands = field.startsWith('document.') || findings.some((finding) => finding.field === field)
    return field && stands ? [{ field, remark }] : []
  })
  return (
    <>
      <ProblemAlert problem={problem} />
      <ul className="plain">
        {named.map(({ field, remark }) => (
          <li key={field}>
            <Button type="link" onClick={() => go(stepOf(field))}>
              <FieldName field={field} />
            </Button>{' '}
            {sayRemark(words, remark)}
          </li>
        ))}
      </ul>
    </>
  )
}

function Draft({ application }: { application: Application }) {
  const words = useWords()
  const { t, word } = words
  const client = useQueryClient()
  const { id } = application
  const [form] = Form.useForm<FormOf>()
  const stops = stepsOf(application, useMe().user.realm === 'merchant')
  const remarks = application.remarks
  const [step, setStep] = useState<Step>(() => {
    const asked = remarks.map(({ field }) => stepOf(field)).find((name) => stops.includes(name))
    return asked ?? stops.find((name) => name === application.step) ?? stops[0]!
  })
  // What is blank on a step that nobody has left yet is no mistake.
  const [left, setLeft] = useState<readonly Step[]>(application.state === 'returned' ? stops : stops.slice(0, stops.indexOf(step)))
  const [{ findings, checked }, setFindings] = useState({ findings: application.findings, checked: application.form })
  const [saved, setSaved] = useState<'saved' | 'saving' | Problem>('saved')
  const version = useRef(application.version)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const line = useRef<Promise<unknown>>(Promise.resolve())
  const kind = application.kind as Kind

  // Saves follow one another, each with the version that the one before left.
  const save = (at: Step) => {
    clearTimeout(timer.current)
    setSaved('saving')
    line.current = line.current.then(async () => {
      try {
        const body = { version: version.current, form: { ...application.form, ...form.getFieldsValue(true), kind }, step: at }
        const draft = await call('put', '/v1/applications/{id}', { path: { id }, body, intent: newIntent() })
        version.current = draft.version
        setFindings({ findings: draft.findings, checked: body.form })
        setSaved('saved')
      } catch (thrown) {
        setSaved(asProblem(thrown))
      }
    })
    return line.current
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  const go = (to: Step) => {
    setLeft([...left, ...stops.slice(0, stops.indexOf(to)), step])
    setStep(to)
    void save(to)
  }
  const submit = useAct(
    async (_: void, intent) => {
      await save(step)
      return call('post', '/v1/applications/{id}/submit', { path: { id }, body: { version: version.current }, intent })
    },
    { refresh: ['/v1/applications'] },
  )
  const say = (field: string) => {
    const asked = remarks.find((remark) => remark.field === field)
    const found = findings.find((finding) => finding.field === field)
    if (asked) return { help: asked.text, validateStatus: 'warning' as const }
    const value = valueOf(form.getFieldsValue(true), field)
    // What was typed since the last save has not been looked at yet.
    if (!found || value !== valueOf(checked, field)) return {}
    if (value) {
      return found.code === 'missing' ? {} : { help: sayRemark(words, found), validateStatus: found.severity }
    }
    return left.includes(stepOf(field)) ? { help: t('apply.blank'), validateStatus: found.severity } : {}
  }
  const wrong = (name: Step) =>
    remarks.some(({ field }) => stepOf(field) === name) ||
    (left.includes(name) && findings.some(({ field, severity }) => severity === 'error' && stepOf(field) === name))
  const at = stops.indexOf(step)
  const next = stops[at + 1]
  return (
    <>
      {remarks.length > 0 && (
        <Alert
          className="gap-bottom"
          type="warning"
          showIcon
          title={t('apply.returned')}
          description={
            <ul className="plain">
              {remarks.map((remark) => (
                <li key={remark.field}>
                  <Button type="link" onClick={() => go(stepOf(remark.field))}>
                    <FieldName field={remark.field} />
                  </Button>{' '}
                  {remark.text}
                </li>
              ))}
            </ul>
          }
        />
      )}
      <div className="wide-only">
        <Steps
          className="gap-bottom"
          size="small"
          current={at}
          onChange={(index) => go(stops[index]!)}
          items={stops.map((name, index) => ({
            title: word('apply_step', name),
            ...(wrong(name) && index !== at ? { status: 'error' as const } : {}),
          }))}
        />
      </div>
      <div className="narrow-only gap-bottom">
        <Progress percent={(100 * (at + 1)) / stops.length} showInfo={false} size="small" aria-label={t('apply.step', { at: at + 1, of: stops.length })} />
        <p className="faint">{t('apply.step', { at: at + 1, of: stops.length })}</p>
      </div>
      <Card
        title={word('apply_step', step)}
        extra={
          <span className="faint" role="status">
            {saved instanceof Problem ? sayProblem(words, saved) : t(`apply.${saved}`)}
          </span>
        }
      >
        <Form
          form={form}
          layout="vertical"
          initialValues={application.form}
          onValuesChange={() => {
            clearTimeout(timer.current)
            setSaved('saving')
            timer.current = setTimeout(() => void save(step), quietMs)
          }}
        >
          <Fields step={step} kind={kind} carries={application.sections} say={say} />
        </Form>
        {step === 'documents' && <Documents application={application} />}
        {step === 'agreement' && <Agreement id={id} />}
        {submit.error && <Refused problem={asProblem(submit.error)} findings={findings} go={go} />}
        <div className="actions gap-top">
          {at > 0 && <Button onClick={() => go(stops[at - 1]!)}>{t('apply.back')}</Button>}
          {next ? (
            <Button type="primary" onClick={() => go(next)}>
              {t('common.continue')}
            </Button>
          ) : (
            <Button
              type="primary"
              loading={submit.isPending}
              onClick={() => submit.mutate(undefined, { onError: () => void client.invalidateQueries({ queryKey: ['/v1/applications', 'one', id] }) })}
            >
              {t('apply.submit')}
            </Button>
          )}
        </div>
      </Card>
      <div className="gap-top">
        <Withdraw id={id} />
      </div>
    </>
  )
}

interface FieldsProps {
  step: Step
  kind: Kind
  /** sections that are asked for; a change leaves the others out */
  carries: readonly string[]
  say: (field: string) => { help?: string; validateStatus?: 'error' | 'warning' }
}

const day: Rule = { pattern: /^(\d{4}-\d{2}-\d{2})?$/ }
const forEver = '9999-12-31'

/** Until takes the day on which a paper ends, or that it never does. */
function Until({ id, value, onChange }: { id?: string; value?: string; onChange?: (day: string) => void }) {
  const { t } = useWords()
  const open = value === forEver
  return (
    <div className="until">
      <Input id={id} type="date" disabled={open} value={open ? '' : value} onChange={(event) => onChange?.(event.target.value)} />
      <Checkbox checked={open} onChange={(event) => onChange?.(event.target.checked ? forEver : '')}>
        {t('apply.for_ever')}
      </Checkbox>
    </div>
  )
}

/** Fields asks what a step is about. */
function Fields({ step, kind, carries, say }: FieldsProps) {
  const { t, word } = useWords()
  const text = (field: string, { max = 100, type = 'text' }: { max?: number; type?: string } = {}) => (
    <Form.Item key={field} name={field.split('.')} label={word('form_field', field)} rules={type === 'date' ? [day] : []} {...say(field)}>
      <Input type={type} maxLength={max} />
    </Form.Item>
  )
  const until = (field: string) => (
    <Form.Item key={field} name={field.split('.')} label={word('form_field', field)} {...say(field)}>
      <Until />
    </Form.Item>
  )
  switch (step) {
    case 'subject':
      return (
        <div className="form-grid">
          {text('subject.name', { max: 300 })}
          {text('subject.code', { max: 40 })}
          {text('subject.from', { type: 'date' })}
          {until('subject.until')}
          {text('subject.address', { max: 600 })}
          {text('subject.scope', { max: 6000 })}
        </div>
      )
    case 'person':
      return (
        <>
          {carries.includes('person') && (
            <div className="form-grid">
              {text('person.name')}
              {text('person.number', { max: 40 })}
              {text('person.from', { type: 'date' })}
              {until('person.until')}
              {text('person.phone', { max: 40, type: 'tel' })}
              {text('person.email', { max: 254, type: 'email' })}
            </div>
          )}
          {kind === 'enterprise' && carries.includes('owners') && <Owners say={say} />}
        </>
      )
    case 'account':
      return (
        <div className="form-grid">
          <Form.Item name={['account', 'kind']} label={word('form_field', 'account.kind')} {...say('account.kind')}>
            <Radio.Group options={(['corporate', 'personal'] as const).map((value) => ({ value, label: word('account_kind', value) }))} />
          </Form.Item>
          {text('account.holder', { max: 300 })}
          {text('account.number', { max: 64 })}
          {text('account.bank_code', { max: 20 })}
          {text('account.bank', { max: 300 })}
          {text('account.phone', { max: 40, type: 'tel' })}
        </div>
      )
    case 'business':
      return (
        <div className="form-grid">
          {carries.includes('business') && (
            <>
              {text('business.name')}
              {text('business.name_en')}
              <Form.Item name={['business', 'category']} label={word('form_field', 'business.category')} {...say('business.category')}>
                <CategoryPicker />
              </Form.Item>
              {(['monthly_fen', 'ticket_fen'] as const).map((name) => (
                <Form.Item
                  key={name}
                  name={['business', name]}
                  label={word('form_field', `business.${name}`)}
                  getValueProps={(fen?: number) => ({ value: fen ? fen / 100 : undefined })}
                  normalize={(yuan?: number | null) => Math.round((yuan ?? 0) * 100)}
                  {...say(`business.${name}`)}
                >
                  <InputNumber min={0} precision={2} />
                </Form.Item>
              ))}
              <Form.Item name={['business', 'remote']} valuePropName="checked" label={word('form_field', 'business.remote')} {...say('business.remote')}>
                <Checkbox>{t('apply.remote')}</Checkbox>
              </Form.Item>
            </>
          )}
          {carries.includes('place') && (
            <>
              <Form.Item name={['place', 'area']} label={word('form_field', 'place.area')} {...say('place.area')}>
                <AreaPicker />
              </Form.Item>
              {text('place.address', { max: 600 })}
              {text('place.phone', { max: 40, type: 'tel' })}
            </>
          )}
        </div>
      )
    default:
      return null
  }
}

function Owners({ say }: Pick<FieldsProps, 'say'>) {
  const { t, word } = useWords()
  return (
    <Form.List name="owners">
      {(rows, { add, remove }) => (
        <>
          <h3>{t('apply.owners')}</h3>
          <p className="faint">{t('apply.owners_about')}</p>
          {rows.map(({ key, name }) => (
            <fieldset key={key} className="fields">
              <legend className="fields-name">{t('apply.owner', { number: name + 1 })}</legend>
              {(['name', 'number', 'until'] as const).map((field) => (
                <Form.Item key={field} name={[name, field]} label={word('form_field', `owners.${field}`)} {...say(`owners.${name}.${field}`)}>
                  <Input type={field === 'until' ? 'date' : 'text'} maxLength={300} />
                </Form.Item>
              ))}
              <Form.Item
                name={[name, 'share_ppm']}
                label={word('form_field', 'owners.share_ppm')}
                getValueProps={(ppm?: number) => ({ value: ppm ? ppm / 10_000 : undefined })}
                normalize={(percent?: number | null) => Math.round((percent ?? 0) * 10_000)}
                {...say(`owners.${name}.share_ppm`)}
              >
                <InputNumber min={0} max={100} />
              </Form.Item>
              <Form.Item name={[name, 'basis']} label={word('form_field', 'owners.basis')} {...say(`owners.${name}.basis`)}>
                <Radio.Group options={(['share', 'control', 'office'] as const).map((value) => ({ value, label: word('owner_basis', value) }))} />
              </Form.Item>
              <Button danger onClick={() => remove(name)}>
                {t('common.remove')}
              </Button>
            </fieldset>
          ))}
          <Button onClick={() => add({ basis: 'share' })}>{t('apply.owner_add')}</Button>
        </>
      )}
    </Form.List>
  )
}

/** send puts a file to an address with its progress, which fetch cannot tell. */
function send(address: string, file: File, progress: (part: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.setRequestHeader('Idempotency-Key', newIntent())
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total)
    request.onerror = () => reject(new Problem(0, 'offline', '', ''))
    request.onload = () => {
      if (request.status < 300) return resolve()
      const told = JSON.parse(request.responseText || '{}') as { code?: string; detail?: string; request_id?: string }
      reject(new Problem(request.status, told.code ?? '', told.detail ?? '', told.request_id ?? ''))
    }
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

/** Documents takes the papers that are needed, from this device or from a telephone that scans a code. */
function Documents({ application }: { application: Application }) {
  const { t, word } = useWords()
  const may = useMay()
  const client = useQueryClient()
  const { id } = application
  const fresh = useQuery({
    queryKey: ['/v1/applications', 'papers', id],
    queryFn: ({ signal }) => call('get', '/v1/applications/{id}', { path: { id }, signal }),
    initialData: application,
    refetchInterval: 5_000, // a telephone may add some
  }).data
  const again = () => void client.invalidateQueries({ queryKey: ['/v1/applications', 'papers', id] })
  const remove = useAct((document: string, intent) => call('delete', '/v1/documents/{id}', { path: { id: document }, intent }), {
    done: again,
  })
  const asked = new Map(application.remarks.filter(({ field }) => field.startsWith('document.')).map(({ field, text }) => [field.slice('document.'.length), text]))
  const known = new Set<string>([...asked.keys(), ...fresh.missing, ...fresh.documents.map(({ kind }) => kind), 'other'])
  const wanted = papers.filter((kind) => known.has(kind)) // in one order, so that nothing moves when a paper arrives
  return (
    <div className="offers">
      {wanted.map((kind) => (
        <section key={kind} className="wanted" aria-label={word('paper', kind)}>
          <h3>{word('paper', kind)}</h3>
          {asked.has(kind) && <Alert type="warning" showIcon title={asked.get(kind)} />}
          <ul className="rows">
            {fresh.documents
              .filter((document) => document.kind === kind)
              .map((document) => (
                <li key={document.id}>
                  <Time at={document.created_at} />
                  {may('document.view') && (
                    <a href={`/v1/documents/${document.id}/content`} target="_blank" rel="noreferrer">
                      {t('apply.show')}
                      <span className="hidden-visually"> {word('paper', kind)}</span>
                    </a>
                  )}
                  <Button danger onClick={() => remove.mutate(document.id)} aria-label={`${t('common.remove')}: ${word('paper', kind)}`}>
                    {t('common.remove')}
                  </Button>
                </li>
              ))}
          </ul>
          <Upload
            label={word('paper', kind)}
            kinds={['jpeg', 'png', 'pdf']}
            maxBytes={10 * 1_048_576}
            send={(file, progress, signal) => send(`/v1/applications/${id}/documents?kind=${kind}`, file, progress, signal)}
            done={again}
          />
          <div className="wide-only">
            <Phone id={id} kind={kind} />
          </div>
        </section>
      ))}
    </div>
  )
}

function Phone({ id, kind }: { id: string; kind: Paper }) {
  const { t, word } = useWords()
  const invite = useAct((_: void, intent) => call('post', '/v1/applications/{id}/upload-tickets', { path: { id }, body: { kind }, intent }))
  if (!invite.data) {
    return (
      <>
        {invite.error && <ProblemAlert problem={asProblem(invite.error)} />}
        <Button loading={invite.isPending} onClick={() => invite.mutate()} aria-label={`${t('apply.phone')}: ${word('paper', kind)}`}>
          {t('apply.phone')}
        </Button>
      </>
    )
  }
  return (
    <div role="status">
      <QRCode value={invite.data.url} type="svg" size={160} aria-label={t('apply.phone_about')} role="img" color="#000" bgColor="#fff" />
      <p className="faint">
        {t('apply.phone_about')} <Time at={invite.data.until} />
      </p>
    </div>
  )
}

/** Agreement shows the terms whole, and signs them with a typed name. */
function Agreement({ id }: { id: string }) {
  const { t, lang } = useWords()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const { data: terms, error } = useQuery({
    queryKey: ['/v1/applications', 'terms', id],
    queryFn: ({ signal }) => call('get', '/v1/applications/{id}/agreement', { path: { id }, signal }),
  })
  const sign = useAct(
    (typed: string, intent) =>
      call('post', '/v1/applications/{id}/agreement', { path: { id }, body: { version: terms!.version, digest: terms!.digest, name: typed }, intent }),
    { done: () => void client.invalidateQueries({ queryKey: ['/v1/applications', 'terms', id] }) },
  )
  if (error) return <ProblemAlert problem={asProblem(error)} />
  if (!terms) return <Skeleton active />
  return (
    <>
      <h3>{terms.title[lang]}</h3>
      <div className="terms" role="region" aria-label={terms.title[lang]} tabIndex={0}>
        {[...terms.parties, ...terms.clauses, ...terms.schedule].map((clause) => (
          <p key={clause.en}>{clause[lang]}</p>
        ))}
      </div>
      {sign.error && <ProblemAlert problem={asProblem(sign.error)} />}
      {terms.signed && terms.signed.digest === terms.digest ? (
        <Alert type="success" showIcon title={t('apply.signed', { name: terms.signed.name })} />
      ) : (
        <>
          {terms.signed && <Alert type="warning" showIcon title={t('apply.stale', { at: formatTime(new Date(terms.signed.at)) })} />}
          <div className="filter">
            <label htmlFor="signature">{t('apply.signature')}</label>
            <Input id="signature" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
            <Button type="primary" disabled={!name.trim()} loading={sign.isPending} onClick={() => sign.mutate(name.trim())}>
              {t('apply.sign')}
            </Button>
          </div>
        </>
      )}
    </>
  )
}
