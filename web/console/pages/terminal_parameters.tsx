import { Button, Checkbox, Form, Input, InputNumber, Modal, Switch } from 'antd'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { formatMoney } from '../../shared/format/money'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import { Card, EmptyState, PageHeader } from '../../shared/ui/block'
import type { Tree } from '../../shared/ui/changes'
import { Diff } from '../../shared/ui/diff'
import { Loaded } from '../../shared/ui/loaded'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { acts, compare, linesOf, rowsOf, switchesOf, switchesOn, tables, type Kind } from '../terminal/parameters'

type Release = Answer<'/v1/terminal-parameters/{kind}'>['data'][number]
type Version = Answer<'/v1/terminal-parameters/{kind}/{version}'>

const load = (kind: string, version: number, signal?: AbortSignal) =>
  call('get', '/v1/terminal-parameters/{kind}/{version}', { path: { kind, version: String(version) }, signal })

/** Component shows the versions of one kind of parameters, what each changed, and makes another of the newest. */
export function Component() {
  const { t, word } = useWords()
  const { kind = 'settings' } = useParams() as { kind: Kind }
  const may = useMay()
  const [shown, setShown] = useState<Release>()
  const [editing, setEditing] = useState(false)
  return (
    <>
      <PageHeader
        title="parameters.title"
        actions={
          <Link className="button" to="/terminal-groups">
            {t('groups.all')}
          </Link>
        }
      />
      <Loaded name={['/v1/terminal-parameters', kind]} load={(signal) => call('get', '/v1/terminal-parameters/{kind}', { path: { kind }, signal })}>
        {({ data }) => (
          <Card
            title={word('parameter_kind', kind)}
            extra={
              may('terminal.manage') && (
                <Button type="primary" onClick={() => setEditing(true)}>
                  {t('parameters.edit')}
                </Button>
              )
            }
          >
            <p className="faint">{word('parameter_about', kind)}</p>
            {data.length === 0 && <EmptyState title="parameters.none" />}
            <ul className="rows">
              {data.map((release) => (
                <li key={release.version}>
                  <div>
                    <strong>{t('parameters.version', { version: release.version })}</strong>
                    <div className="faint">
                      <Time at={release.created_at} /> {release.by_name || release.by}
                    </div>
                  </div>
                  <Button onClick={() => setShown(release)} aria-label={`${t('parameters.show')}: ${release.version}`}>
                    {t('parameters.show')}
                  </Button>
                </li>
              ))}
            </ul>
            {shown && <Show release={shown} close={() => setShown(undefined)} />}
            {editing && <Latest kind={kind} base={data[0]?.version ?? 0} close={() => setEditing(false)} />}
          </Card>
        )}
      </Loaded>
    </>
  )
}

/** Show tells what a version changed of the one before it. */
function Show({ release, close }: { release: Release; close: () => void }) {
  const { t } = useWords()
  const kind = release.kind as Kind
  return (
    <Modal open width={760} title={t('parameters.version', { version: release.version })} onCancel={close} footer={null}>
      <Loaded
        name={['/v1/terminal-parameters', 'pair', kind, String(release.version)]}
        load={async (signal) => ({
          now: await load(kind, release.version, signal),
          before: release.version > 1 ? await load(kind, release.version - 1, signal) : undefined,
        })}
      >
        {({ now, before }) => (
          <>
            <Changes kind={kind} before={before?.content} after={now.content} />
            {now.cards > 0 && <p className="faint">{t('parameters.cards', { count: now.cards })}</p>}
          </>
        )}
      </Loaded>
    </Modal>
  )
}

/** Changes shows a content beside the one before it: fields one by one, lists by the lines that came and went. */
function Changes({ kind, before, after }: { kind: Kind; before: unknown; after: unknown }) {
  const { t, word } = useWords()
  if (!tables[kind]) return <Diff before={spoken(before, after, word)} after={spoken(after, before, word)} />
  const lines = compare(linesOf(kind, before), linesOf(kind, after))
  return (
    <>
      <p className="faint">{t('parameters.lines', { count: linesOf(kind, after).length })}</p>
      {lines.length === 0 && <p>{t('parameters.same')}</p>}
      <ul className="line-changes">
        {lines.map(({ kind: change, text }) => (
          <li key={`${change} ${text}`} className={`line-${change}`}>
            {change === 'added' ? <ins>{text}</ins> : <del>{text}</del>}
          </li>
        ))}
      </ul>
    </>
  )
}

/** spoken makes a record whose values people read. Of the switches it tells those that the other does not have on. */
function spoken(content: unknown, other: unknown, word: (area: string, value: string) => string): Tree {
  const tree = { ...((content ?? {}) as Tree) }
  const { switches } = (other ?? {}) as Tree
  if (typeof tree.switches === 'string') {
    const known = typeof switches === 'string' ? switchesOn(switches) : []
    const names = switchesOn(tree.switches).filter((act) => !known.includes(act))
    tree.switches = names.length > 0 ? names.map((act) => word('switch', act)).join(', ') : undefined
  }
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? word('answer', String(value)) : name.endsWith('_fen') ? formatMoney(Number(value)) : value,
    ]),
  )
}

function Latest({ kind, base, close }: { kind: Kind; base: number; close: () => void }) {
  if (base === 0) return <Edit kind={kind} close={close} />
  return (
    <Loaded name={['/v1/terminal-parameters', 'one', kind, String(base)]} load={(signal) => load(kind, base, signal)}>
      {(version) => <Edit kind={kind} from={version} close={close} />}
    </Loaded>
  )
}

type Fields = Record<string, unknown>

/** Edit makes a content in two steps: it is typed, then what changes is looked at, and only then published. */
function Edit({ kind, from, close }: { kind: Kind; from?: Version; close: () => void }) {
  const { t } = useWords()
  const [form] = Form.useForm<Fields>()
  const [draft, setDraft] = useState<unknown>()
  const publish = useAct(
    (content: unknown, intent) => call('post', '/v1/terminal-parameters/{kind}', { path: { kind }, body: { base: from?.version ?? 0, content }, intent }),
    { refresh: ['/v1/terminal-parameters', '/v1/terminal-groups'], done: close },
  )
  const looks = draft !== undefined
  return (
    <Modal
      open
      width={760}
      title={t(looks ? 'parameters.look' : 'parameters.edit')}
      okText={t(looks ? 'parameters.publish' : 'parameters.next')}
      cancelText={looks ? t('parameters.back') : undefined}
      okButtonProps={{ loading: publish.isPending }}
      onOk={() => (looks ? publish.mutate(draft) : form.submit())}
      onCancel={() => (looks ? setDraft(undefined) : close())}
    >
      {publish.error && <ProblemAlert problem={asProblem(publish.error)} />}
      {looks && (
        <>
          <p className="faint">{t('parameters.publish_about')}</p>
          <Changes kind={kind} before={from?.content} after={draft} />
        </>
      )}
      <div hidden={looks}>
        <Form form={form} layout="vertical" initialValues={typedOf(kind, from?.content)} onFinish={(typed) => setDraft(contentOf(kind, typed, from?.content))}>
          <Inputs kind={kind} />
        </Form>
      </div>
    </Modal>
  )
}

/** typedOf turns a content into what the form holds, contentOf back. */
function typedOf(kind: Kind, content: unknown): Fields {
  if (tables[kind]) return { lines: linesOf(kind, content).join('\n') }
  const known = (content ?? {}) as Record<string, never>
  switch (kind) {
    case 'settings':
      return { timeout_seconds: 60, dials: 3, tip_percent: 15, reversal_tries: 3, ...known, phones: ((known.phones ?? []) as string[]).join(' '), switches: switchesOn(known.switches ?? '') }
    case 'contactless':
      return { on: known.on ?? true, limit: (known.limit_fen ?? 0) / 100, no_pin: (known.no_pin_fen ?? 0) / 100, no_signature: (known.no_signature_fen ?? 0) / 100 }
    default:
      return known
  }
}

const fen = (yuan: unknown) => Math.round(Number(yuan ?? 0) * 100)

function contentOf(kind: Kind, typed: Fields, before: unknown): unknown {
  if (tables[kind]) return rowsOf(kind, String(typed.lines ?? '')).rows
  switch (kind) {
    case 'settings': {
      const { phones, switches, admin_phone, ...rest } = typed
      return {
        ...rest,
        tips: Boolean(rest.tips), manual: Boolean(rest.manual), auto_sign_off: Boolean(rest.auto_sign_off),
        phones: String(phones ?? '').split(/\s+/).filter(Boolean),
        admin_phone: String(admin_phone ?? '').trim(),
        switches: switchesOf((switches ?? []) as string[], String((before as Record<string, unknown> | undefined)?.switches ?? '')),
      }
    }
    case 'contactless':
      return { on: Boolean(typed.on), limit_fen: fen(typed.limit), no_pin_fen: fen(typed.no_pin), no_signature_fen: fen(typed.no_signature) }
    default:
      return { version: String(typed.version ?? '').trim(), address: String(typed.address ?? '').trim() }
  }
}

function Inputs({ kind }: { kind: Kind }) {
  const { t, word } = useWords()
  if (tables[kind]) {
    const rule = {
      validator: (_: unknown, text = '') => {
        const { wrong } = rowsOf(kind, text)
        return wrong === undefined ? Promise.resolve() : Promise.reject(new Error(t('parameters.wrong_line', { line: wrong })))
      },
    }
    return (
      <Form.Item name="lines" label={t('parameters.rows')} extra={word('parameter_line', kind)} rules={[rule]}>
        <Input.TextArea rows={14} className="figures" spellCheck={false} wrap="off" />
      </Form.Item>
    )
  }
  const number = (name: string, min: number, max: number, precision = 0) => (
    <Form.Item key={name} name={name} label={word('field', name)} rules={[{ required: true }]}>
      <InputNumber min={min} max={max} precision={precision} />
    </Form.Item>
  )
  const toggle = (name: string) => (
    <Form.Item key={name} name={name} label={word('field', name)} valuePropName="checked">
      <Switch />
    </Form.Item>
  )
  switch (kind) {
    case 'settings':
      return (
        <>
          <div className="field-grid">
            {number('timeout_seconds', 10, 99)}
            {number('dials', 0, 9)}
            {number('reversal_tries', 1, 9)}
            {number('tip_percent', 0, 99)}
            {toggle('tips')}
            {toggle('manual')}
            {toggle('auto_sign_off')}
          </div>
          <Form.Item name="phones" label={word('field', 'phones')} extra={t('parameters.phones_about')}>
            <Input maxLength={44} />
          </Form.Item>
          <Form.Item name="admin_phone" label={word('field', 'admin_phone')}>
            <Input maxLength={14} />
          </Form.Item>
          <Form.Item name="switches" label={word('field', 'switches')}>
            <Checkbox.Group options={acts.map((value) => ({ value, label: word('switch', value) }))} />
          </Form.Item>
        </>
      )
    case 'contactless':
      return (
        <>
          {toggle('on')}
          {number('limit', 0, 50_000, 2)}
          {number('no_pin', 0, 1_000, 2)}
          {number('no_signature', 0, 1_000, 2)}
        </>
      )
    default:
      return (
        <>
          <Form.Item name="version" label={word('field', 'version')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={12} />
          </Form.Item>
          <Form.Item name="address" label={word('field', 'address')} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={200} />
          </Form.Item>
        </>
      )
  }
}
