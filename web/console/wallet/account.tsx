import { Alert, App, Button, Form, Input, Segmented } from 'antd'
import { useState } from 'react'
import { call, type Answer } from '../../shared/api/client'
import { asProblem, type Problem } from '../../shared/api/problem'
import { WalletIcon } from '../../shared/payment/means'
import { useAct } from '../../shared/session/act'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Card, Facts } from '../../shared/ui/block'
import { CheckCircleOutlined, CloseCircleOutlined } from '../../shared/ui/icon'
import { Named } from '../../shared/ui/named'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords, type Key } from '../../shared/words/words'
import { blamed, valuesOf, type Field } from './values'

export type Account = Answer<'/v1/wallets/{owner}'>['data'][number]
type Mode = Account['mode']
type Values = Record<string, string>

const refresh = ['/v1/wallets', '/v1/merchants']
const fileMax = 64 << 10

/** WalletAccount shows an account with a wallet: what it consists of, what its last test found, and what may be done. */
export function WalletAccount({ owner, account }: { owner: string; account: Account }) {
  const { t, word } = useWords()
  const { message } = App.useApp()
  const may = useMay()
  const path = { owner, wallet: account.wallet }
  const test = useAct((_: void, intent) => call('post', '/v1/wallets/{owner}/{wallet}/test', { path, intent }), {
    refresh,
    done: ({ state }) => void (state === 'ready' ? message.success(t('wallets.passed')) : message.warning(t('wallets.failed'))),
  })
  const keeps = may('service.review')
  const there = account.state !== 'none'
  return (
    <Card
      title={
        <span className="means">
          <WalletIcon wallet={account.wallet} /> {word('instrument', account.wallet)}
        </span>
      }
      extra={<Status area="wallet_state" state={account.state} />}
    >
      {!account.connected && <Alert type="warning" showIcon className="gap-bottom" title={t('wallets.not_connected')} />}
      {there && (
        <Facts
          items={[
            ['wallets.tested', account.tested_at ? <Told key="tested" at={account.tested_at} by={account.tested_by} /> : '–'],
            ['wallets.changed', account.updated_at ? <Told key="changed" at={account.updated_at} by={account.changed_by} /> : '–'],
            ['wallets.notify', <Code key="notify">{account.notify}</Code>],
          ]}
        />
      )}
      {account.findings.length > 0 && <Findings of={account.findings} />}
      {test.error && <ProblemAlert problem={asProblem(test.error)} />}
      {there && keeps && (
        <div className="wallet-acts">
          <Button type="primary" loading={test.isPending} disabled={!account.connected} onClick={() => test.mutate()}>
            {t('wallets.test')}
          </Button>
          {account.state === 'ready' && (
            <Acts
              refresh={refresh}
              deeds={[
                {
                  title: 'wallets.off',
                  about: 'wallets.off_about',
                  danger: true,
                  run: (_, intent) => call('post', '/v1/wallets/{owner}/{wallet}/off', { path, intent }),
                },
              ]}
            />
          )}
        </div>
      )}
      <Keep key={account.version} owner={owner} account={account} may={keeps} />
    </Card>
  )
}

function Told({ at, by }: { at: string; by: string }) {
  return (
    <>
      <Time at={at} /> · <Named id={by || undefined} />
    </>
  )
}

/** numbered are the values of a finding as its sentence names them: {1}, {2}. A field is called what its form calls it. */
const numbered = (values: string[], word: (area: string, value: string) => string) =>
  Object.fromEntries(values.map((value, index) => [index + 1, /^[a-z]+(_[a-z0-9]+)+$/.test(value) ? word('wallet_field', value) : value]))

/** Findings lists what a test tried: each thing in words, and exactly what failed. */
function Findings({ of }: { of: Account['findings'] }) {
  const { t, word, known } = useWords()
  return (
    <ul className="findings" aria-label={t('wallets.findings')}>
      {of.map(({ what, ok, field, why, values, detail }, index) => (
        <li key={index} className={ok ? 'finding-good' : 'finding-bad'}>
          {ok ? <CheckCircleOutlined /> : <CloseCircleOutlined />}
          <div>
            <strong>{ok ? word('finding', what) : word('finding_bad', what)}</strong>
            {field && !ok && <div>{t('wallets.look_at', { field: word('wallet_field', field) })}</div>}
            {known('finding_why', why) ? (
              <div className="finding-detail">{t(`finding_why.${why}` as Key, numbered(values, word))}</div>
            ) : (
              !ok &&
              detail && (
                <div className="faint finding-detail" lang="en">
                  {detail}
                </div>
              )
            )}
          </div>
        </li>
      ))}
    </ul>
  )
}

/** Keep is the form of an account, of the fields that the API names. A secret is never shown: empty, it stays as it is. */
function Keep({ owner, account, may }: { owner: string; account: Account; may: boolean }) {
  const { t, word } = useWords()
  const { message } = App.useApp()
  const [mode, setMode] = useState<Mode>(account.mode)
  const [form] = Form.useForm<Values>()
  const fields = account.modes.find((one) => one.mode === mode)?.fields ?? []
  const act = useAct(
    (values: Values, intent) => call('put', '/v1/wallets/{owner}/{wallet}', { path: { owner, wallet: account.wallet }, body: { mode, values }, intent }),
    { refresh, done: () => void message.success(t('wallets.saved')) },
  )
  const mark = (problem: Problem) => {
    const name = blamed(problem.detail, fields)
    if (!name) return
    form.setFields([{ name, errors: [t('wallets.field_wrong')] }])
    form.focusField(name)
  }
  return (
    <>
      <h3>{t('wallets.fields')}</h3>
      {account.modes.length > 1 && (
        <div className="gap-bottom">
          <Segmented<Mode>
            aria-label={t('wallets.mode')}
            value={mode}
            disabled={!may}
            onChange={(next) => {
              setMode(next)
              act.reset()
            }}
            options={account.modes.map((one) => ({ value: one.mode as Mode, label: word('wallet_mode', one.mode) }))}
          />
          <p className="faint">{word('wallet_mode_about', mode)}</p>
        </div>
      )}
      {act.error && <Refused problem={asProblem(act.error)} />}
      <Form
        key={mode}
        form={form}
        name={account.wallet}
        layout="vertical"
        disabled={!may}
        autoComplete="off"
        initialValues={Object.fromEntries(fields.map(({ name, value }) => [name, value]))}
        onFinish={(given) => act.mutate(valuesOf(given, fields), { onError: (thrown) => mark(asProblem(thrown)) })}
      >
        {fields.map((field) => (
          <OneField key={field.name} field={field} set={(text) => form.setFieldValue(field.name, text)} may={may} />
        ))}
        {may && (
          <Button htmlType="submit" type={account.state === 'none' ? 'primary' : 'default'} loading={act.isPending}>
            {t('common.save')}
          </Button>
        )}
      </Form>
    </>
  )
}

/** Refused says what is wrong with a configuration; which field, the API tells in its sentence. */
function Refused({ problem }: { problem: Problem }) {
  return (
    <>
      <ProblemAlert problem={problem} />
      {problem.code === 'wallet_account_invalid' && problem.detail && (
        <p className="faint gap-bottom" lang="en">
          {problem.detail}
        </p>
      )}
    </>
  )
}

function OneField({ field, set, may }: { field: Field; set: (text: string) => void; may: boolean }) {
  const { t, word } = useWords()
  const { name, secret, optional, long, kept } = field
  const asleep = secret && kept
  return (
    <Form.Item
      name={name}
      label={
        <span>
          {word('wallet_field', name)}{' '}
          {(optional || asleep) && <span className="faint">{asleep ? t('wallets.kept') : t('wallets.optional')}</span>}
        </span>
      }
      extra={
        <>
          {word('wallet_help', name)}
          {long && may && <FromFile name={name} set={set} />}
        </>
      }
      rules={[{ required: !optional && !asleep, whitespace: true }]}
    >
      {long ? (
        <Input.TextArea rows={asleep ? 2 : 4} spellCheck={false} className="pem" placeholder={asleep ? t('wallets.kept_hint') : undefined} />
      ) : secret ? (
        <Input.Password autoComplete="new-password" placeholder={asleep ? t(optional ? 'wallets.kept_optional' : 'wallets.kept_hint') : undefined} />
      ) : (
        <Input spellCheck={false} autoComplete="off" />
      )}
    </Form.Item>
  )
}

/** FromFile fills a field with a file: as text, and what is none in base64. */
function FromFile({ name, set }: { name: string; set: (text: string) => void }) {
  const { t, word } = useWords()
  const take = async (file?: File) => {
    if (!file || file.size > fileMax) return
    const bytes = new Uint8Array(await file.arrayBuffer())
    const text = bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))
    const raw = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
    set(text ? raw.trim() : btoa(raw))
  }
  return (
    <label className="from-file">
      {t('wallets.from_file')}
      <input
        type="file"
        className="hidden-visually"
        aria-label={`${t('wallets.from_file')}: ${word('wallet_field', name)}`}
        onChange={(event) => {
          void take(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </label>
  )
}
