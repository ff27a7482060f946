import { useQuery } from '@tanstack/react-query'
import { Button, Input, Switch, type InputRef } from 'antd'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { call } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useEvents, usePoll } from '../../shared/live/live'
import { Means, PaymentStatus } from '../../shared/payment/means'
import { CodeActs } from '../../shared/payment/refund'
import { useAct } from '../../shared/session/act'
import { useMay, useMe } from '../../shared/session/me'
import { Card, EmptyState, PageHeader } from '../../shared/ui/block'
import { CameraOutlined, QrcodeOutlined, ScanOutlined } from '../../shared/ui/icon'
import { Loaded } from '../../shared/ui/loaded'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Money, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { fenOf, press } from '../collect/amount'
import { Camera, hasCamera } from '../collect/camera'
import { RunningCharge, RunningLink, type Link } from '../collect/running'
import { follow, noKeys, walletOf } from '../collect/scan'
import { ready, rememberSound, say, soundOn, soundText } from '../collect/sound'

type Running = { kind: 'link'; link: Link } | { kind: 'charge'; id: string; fen: number }

/** useRunning is what is being collected. It outlives a reload of the page, for who collects and in this tab. */
function useRunning() {
  const { user, merchant } = useMe()
  const name = `yifen.collect.${user.id}.${merchant}`
  const [running, setRunning] = useState<Running | undefined>(() => {
    try {
      return (JSON.parse(sessionStorage.getItem(name) ?? 'null') as Running | null) ?? undefined
    } catch {
      return undefined
    }
  })
  const set = (next?: Running) => {
    setRunning(next)
    try {
      if (next) sessionStorage.setItem(name, JSON.stringify(next))
      else sessionStorage.removeItem(name)
    } catch {
      // the browser keeps nothing: it lasts as long as the page
    }
  }
  return [running, set] as const
}

/** Component collects: an amount, then one code for all wallets or the customer's own code, and what became of it. */
export function Component() {
  const words = useWords()
  const { t } = words
  const may = useMay()
  const [sound, setSound] = useState(soundOn)
  const [running, setRunning] = useRunning()
  const [again, setAgain] = useState('')
  const next = (fen?: number) => {
    setAgain(fen ? (fen / 100).toFixed(2) : '')
    setRunning(undefined)
  }
  useEffect(ready, [])
  // Who pays by a printed code is nobody's customer at the till: the sound is all that the cashier has.
  const said = useRef('')
  useEvents(({ kind, subject }) => {
    if (!sound || kind !== 'sale.approved' || !subject || subject === said.current || !may('payment.view')) return
    said.current = subject // an event may be told twice
    void call('get', '/v1/payments/{id}', { path: { id: subject } }).then(({ code, instrument, captured_fen }) => {
      if (code?.source === 'stand') say(soundText(words, instrument, captured_fen), words.lang)
    })
  })
  return (
    <>
      <PageHeader
        title="collect.title"
        about="collect.about"
        actions={
          <label className="collect-sound">
            <Switch
              checked={sound}
              onChange={(on) => {
                rememberSound(on)
                setSound(on)
              }}
            />
            {t('collect.sound')}
          </label>
        }
      />
      <div className="collect">
        <section className="card collect-till">
          {running?.kind === 'link' && <RunningLink key={running.link.id} link={running.link} sound={sound} next={next} />}
          {running?.kind === 'charge' && <RunningCharge key={running.id} id={running.id} fen={running.fen} sound={sound} next={next} />}
          {!running && <Till first={again} begin={setRunning} />}
        </section>
        {may('payment.view') && (
          <Card title={t('collect.last')}>
            <Last />
          </Card>
        )}
      </div>
    </>
  )
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0', 'Backspace']

/** Till takes an amount by keypad or keyboard, and a customer's code from a scanner, a camera or by hand. */
function Till({ first, begin }: { first: string; begin: (running: Running) => void }) {
  const { t } = useWords()
  const [typed, setTyped] = useState(first)
  const [scanning, setScanning] = useState(false)
  const lately = useRef(noKeys)
  const fen = fenOf(typed)
  const show = useAct((amount_fen: number, intent) => call('post', '/v1/collections', { body: { amount_fen }, intent }), {
    done: (link) => begin({ kind: 'link', link }),
  })
  const charge = useAct(
    ({ amount_fen, code }: { amount_fen: number; code: string }, intent) => call('post', '/v1/codes', { body: { amount_fen, code }, intent }),
    { refresh: ['/v1/payments'], done: ({ id, requested_fen }) => begin({ kind: 'charge', id, fen: requested_fen }) },
  )
  const busy = show.isPending || charge.isPending
  const fresh = () => {
    show.reset()
    charge.reset()
  }
  const showCode = () => !busy && fen > 0 && show.mutate(fen)
  const take = (code: string, amount_fen = fen) => !busy && amount_fen > 0 && charge.mutate({ amount_fen, code: code.replaceAll(' ', '') })

  const key = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select, .ant-modal, .ant-drawer')) return
    if (event.key === 'Enter') {
      const { run, before } = lately.current
      lately.current = noKeys
      if (walletOf(run)) {
        event.preventDefault()
        setTyped(before)
        take(run, fenOf(before))
      } else if (!target.closest('button, a')) showCode()
      return
    }
    if (!/^([\d.]|Backspace|Escape)$/.test(event.key)) return
    if (/\d/.test(event.key)) lately.current = follow(lately.current, event.key, typed, event.timeStamp)
    setTyped((was) => press(was, event.key))
    fresh()
  })
  useEffect(() => {
    const heard = (event: KeyboardEvent) => key(event)
    addEventListener('keydown', heard)
    return () => removeEventListener('keydown', heard)
  }, [])

  const problem = show.error ?? charge.error
  return (
    <div className="collect-form">
      <output className="collect-amount" aria-label={t('payments.amount')}>
        <span className="faint">¥</span>
        {typed || '0.00'}
      </output>
      {problem && <ProblemAlert problem={asProblem(problem)} />}
      {charge.isPending && (
        <p className="faint" role="status">
          {t('collect.sending')}
        </p>
      )}
      {scanning ? (
        <Scan busy={busy} ready={fen > 0} take={take} back={() => setScanning(false)} />
      ) : (
        <>
          <div className="collect-keys" role="group" aria-label={t('collect.keypad')}>
            {keys.map((one) => (
              <button
                key={one}
                type="button"
                aria-label={one === 'Backspace' ? t('collect.backspace') : undefined}
                onMouseDown={(event) => event.preventDefault()} // Enter stays with the amount
                onClick={() => {
                  setTyped((was) => press(was, one))
                  fresh()
                }}
              >
                {one === 'Backspace' ? '⌫' : one}
              </button>
            ))}
          </div>
          <Button type="primary" size="large" block icon={<QrcodeOutlined />} loading={show.isPending} disabled={fen === 0} onClick={showCode}>
            {t('collect.show')}
          </Button>
          <Button size="large" block icon={<ScanOutlined />} loading={charge.isPending} disabled={fen === 0} onClick={() => setScanning(true)}>
            {t('collect.scan')}
          </Button>
          <p className="faint collect-hint">{t('collect.keys_hint')}</p>
        </>
      )}
    </div>
  )
}

/** Scan takes the customer's code. */
function Scan({ busy, ready, take, back }: { busy: boolean; ready: boolean; take: (code: string) => void; back: () => void }) {
  const { t } = useWords()
  const [code, setCode] = useState('')
  const [filming, setFilming] = useState(false)
  const field = useRef<InputRef>(null)
  useEffect(() => field.current?.focus(), [])
  const fits = walletOf(code) !== undefined
  const wrong = code.replaceAll(' ', '').length >= 16 && !fits
  return (
    <form
      className="collect-scan"
      onSubmit={(event) => {
        event.preventDefault()
        if (fits) take(code)
      }}
    >
      <label htmlFor="code">{t('collect.code')}</label>
      <Input
        id="code"
        ref={field}
        size="large"
        inputMode="numeric"
        autoComplete="off"
        maxLength={30}
        value={code}
        status={wrong ? 'error' : undefined}
        placeholder={t('collect.code_hint')}
        onChange={(event) => setCode(event.target.value.replace(/[^\d ]/g, ''))}
      />
      {wrong && (
        <p className="upload-fault" role="alert">
          {t('problem.payment_code_invalid')}
        </p>
      )}
      {filming && (
        <Camera
          read={(text) => {
            if (!walletOf(text)) return
            setFilming(false)
            setCode(text)
            take(text)
          }}
        />
      )}
      <Button type="primary" size="large" block htmlType="submit" loading={busy} disabled={!fits || !ready}>
        {t('collect.charge')}
      </Button>
      {hasCamera() && !filming && (
        <Button size="large" block icon={<CameraOutlined />} onClick={() => setFilming(true)}>
          {t('collect.camera')}
        </Button>
      )}
      <Button size="large" block onClick={back}>
        {t('collect.back')}
      </Button>
    </form>
  )
}

const lastCount = 8

/** Last lists what was collected last. */
function Last() {
  const poll = usePoll()
  const name = ['/v1/payments', 'last']
  const load = (signal: AbortSignal) => call('get', '/v1/payments', { query: { limit: lastCount }, signal })
  useQuery({ queryKey: name, queryFn: ({ signal }) => load(signal), refetchInterval: poll })
  return (
    <Loaded name={name} load={load}>
      {({ data }) =>
        data?.length ? (
          <ul className="rows collect-last">
            {data.map((payment) => (
              <li key={payment.id}>
                <div>
                  <strong>
                    <Money fen={payment.captured_fen || payment.requested_fen} />
                  </strong>{' '}
                  {payment.refunded_fen > 0 && <Money fen={-payment.refunded_fen} />}
                  <div className="faint">
                    <Means of={payment} /> <Time at={payment.created_at} />
                  </div>
                </div>
                <span className="actions">
                  <PaymentStatus of={payment} />
                  <CodeActs of={payment} small />
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <EmptyState title="payments.none" />
        )
      }
    </Loaded>
  )
}
