import { useQuery } from '@tanstack/react-query'
import { Button, QRCode } from 'antd'
import { useEffect, useEffectEvent, useState } from 'react'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { formatMoney } from '../../shared/format/money'
import { useEvents, usePoll } from '../../shared/live/live'
import { WalletIcon } from '../../shared/payment/means'
import { useAct } from '../../shared/session/act'
import { CheckCircleOutlined, CloseCircleOutlined } from '../../shared/ui/icon'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Money } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { clock, over, scannable, secondsLeft, stageOf, stageOfLink, type Stage } from './course'
import { sayOnce, soundText } from './sound'

type Payment = Answer<'/v1/payments/{id}'>
export type Link = Answer<'/v1/collections', 'post'>

const liveMs = 5_000 // between looks while events come: one may be lost
const aloneMs = 1_500 // while none come

/** useFollow asks for a record until nothing more will come of it: at once when something happens, and now and then. */
function useFollow<T>(key: string[], load: (signal: AbortSignal) => Promise<T>, settled: (data: T) => boolean, on: boolean) {
  const alone = usePoll() !== false
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => load(signal),
    enabled: on,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => (data !== undefined && settled(data) ? false : alone ? aloneMs : liveMs),
  })
  const { refetch, data } = query
  useEvents(({ kind }) => {
    if (on && !(data !== undefined && settled(data)) && /^(sale|reversal|resync)\b/.test(kind)) void refetch({ cancelRefetch: false })
  })
  return query
}

const loadPayment = (id: string) => (signal: AbortSignal) => call('get', '/v1/payments/{id}', { path: { id }, signal })

function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [running])
  return now
}

interface Props {
  sound: boolean
  /** for the next customer, or for the same amount again */
  next: (fen?: number) => void
}

/** RunningLink shows one code for all wallets and follows what becomes of it. */
export function RunningLink({ link: first, sound, next }: Props & { link: Link }) {
  const link = useFollow(['/v1/links', 'follow', first.id], (signal) => call('get', '/v1/links/{id}', { path: { id: first.id }, signal }), ({ state }) => state === 'paid', true)
  const shown = link.data ?? first
  const of = shown.paid_by || shown.latest
  const payment = useFollow(['/v1/payments', 'follow', of], loadPayment(of), (data) => over(stageOf(data)), of !== '')
  const now = useNow(shown.state === 'open')
  const { t, word } = useWords()
  const why = useWhy(payment.data)
  const stage = stageOfLink(shown, payment.data, now)
  const cancel = useAct(
    async (_: void, intent) => {
      const { latest: id } = await call('post', '/v1/links/{id}/off', { path: { id: first.id }, intent })
      if (!id) return
      const begun = await call('get', '/v1/payments/{id}', { path: { id } })
      if (!over(stageOf(begun))) await call('post', '/v1/payments/{id}/cancel', { path: { id }, intent: `${intent}-2` })
    },
    { refresh: ['/v1/links', '/v1/payments'] },
  )
  return (
    <Running stage={stage} fen={first.amount_fen} payment={payment.data} sound={sound} lost={link.error !== null} next={next} cancel={cancel} about={shown.state === 'off' ? 'withdrawn' : undefined}>
      {scannable(shown, stage) && (
        <>
          <QRCode value={shown.url} size={320} className="collect-qr" aria-label={t('collect.qr')} role="img" type="svg" color="#000" bgColor="#fff" />
          <p className="collect-left">
            {t('collect.scan_us')} <span className="figures">{clock(secondsLeft(shown.expires_at, now))}</span>
          </p>
          {payment.data && stageOf(payment.data) === 'declined' && (
            <p className="collect-why" role="status">
              {t('collect.failed_once', { wallet: word('instrument', payment.data.instrument), why })}
            </p>
          )}
        </>
      )}
    </Running>
  )
}

/** RunningCharge follows a payment by the customer's code. */
export function RunningCharge({ id, fen, sound, next }: Props & { id: string; fen: number }) {
  const payment = useFollow(['/v1/payments', 'follow', id], loadPayment(id), (data) => over(stageOf(data)), true)
  const stage = payment.data ? stageOf(payment.data) : 'asking'
  const cancel = useAct((_: void, intent) => call('post', '/v1/payments/{id}/cancel', { path: { id }, intent }), { refresh: ['/v1/payments'] })
  return <Running stage={stage} fen={fen} payment={payment.data} sound={sound} lost={payment.error !== null} next={next} cancel={cancel} />
}

/** useWhy says in words why a payment was not made. */
function useWhy(payment?: Payment): string {
  const { t, known } = useWords()
  const result = payment?.operations.find(({ kind }) => kind === 'sale')?.result ?? ''
  return known('payment_result', result) ?? known('problem', result) ?? t('problem.refused')
}

interface RunningProps extends Props {
  stage: Stage
  fen: number
  payment?: Payment
  cancel: ReturnType<typeof useAct<void, unknown>>
  about?: 'withdrawn'
  /** it cannot be found */
  lost: boolean
  children?: React.ReactNode
}

/** Running is what stands on the screen from the first request to the last word of the wallet. */
function Running({ stage, fen, payment, sound, next, cancel, about, lost, children }: RunningProps) {
  const words = useWords()
  const { t, word } = words
  const why = useWhy(payment)
  const missing = lost && !payment
  const done = over(stage) || missing
  const tell = useEffectEvent(() => {
    if (sound && payment) sayOnce(payment.id, soundText(words, payment.instrument, payment.captured_fen), words.lang)
  })
  useEffect(() => {
    if (stage === 'paid') tell()
  }, [stage])
  if (stage === 'paid' && payment) return <Success payment={payment} next={() => next()} />
  return (
    <div className="collect-running">
      <p className="collect-amount">
        <Money fen={fen} />
      </p>
      {children}
      {stage !== 'shown' && (
        <p className={`collect-stage collect-stage-${stage}`} role="status">
          {stage === 'declined' && <CloseCircleOutlined />}
          {payment && !done && <WalletIcon wallet={payment.instrument} />}
          <span>{missing ? t('collect.lost') : t(`collect.stage_${stage}`, { wallet: payment ? word('instrument', payment.instrument) : '' })}</span>
        </p>
      )}
      {stage === 'declined' && <p className="collect-why">{why}</p>}
      {cancel.error && <ProblemAlert problem={asProblem(cancel.error)} />}
      {done ? (
        <>
          <Button key="next" type="primary" size="large" block autoFocus onClick={() => next()}>
            {t('collect.next')}
          </Button>
          <Button key="again" size="large" block onClick={() => next(fen)}>
            {t('collect.again', { amount: formatMoney(fen) })}
          </Button>
        </>
      ) : (
        <Button key="cancel" size="large" block danger loading={cancel.isPending} disabled={stage === 'ending' || about !== undefined} onClick={() => cancel.mutate()}>
          {t('collect.cancel')}
        </Button>
      )}
    </div>
  )
}

/** Success fills the screen, so that it is seen from across the counter. Enter goes on. */
function Success({ payment, next }: { payment: Payment; next: () => void }) {
  const { t, word } = useWords()
  return (
    <div className="collect-success" role="alert">
      <CheckCircleOutlined className="collect-tick" />
      <p className="collect-success-amount">
        <Money fen={payment.captured_fen} />
      </p>
      <p className="collect-success-how">{t('collect.received', { wallet: word('instrument', payment.instrument) })}</p>
      {payment.code && payment.code.coupon_fen > 0 && (
        <p>
          {t('payments.coupon')} <Money fen={payment.code.coupon_fen} />
        </p>
      )}
      <button type="button" className="collect-success-next" autoFocus onClick={next}>
        {t('collect.next')}
      </button>
    </div>
  )
}
