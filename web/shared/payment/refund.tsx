import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { call, type Answer } from '../api/client'
import { asProblem } from '../api/problem'
import { formatMoney, parseMoney } from '../format/money'
import { useAct } from '../session/act'
import { useMay } from '../session/me'
import { Confirm } from '../ui/confirm'
import { ProblemAlert } from '../ui/problem_alert'
import { Tag } from '../ui/status'
import { Money } from '../ui/value'
import { useWords } from '../words/words'
import { byCode } from './means'

interface Paid {
  id: string
  instrument: string
  state: string
  captured_fen: number
  refunded_fen: number
  refunding_fen: number
}

/** restOf is what may still be given back. */
const restOf = (of: Paid) => of.captured_fen - of.refunded_fen - of.refunding_fen

const refresh = ['/v1/payments', '/v1/dashboard', '/v1/links']

/** CodeActs offers what may be done with a payment by code: give it back, or end it while nobody has paid. */
export function CodeActs({ of, small }: { of: Paid; small?: boolean }) {
  const { t } = useWords()
  const may = useMay()
  const [open, setOpen] = useState<'refund' | 'cancel'>()
  const cancel = useAct((_: string, intent) => call('post', '/v1/payments/{id}/cancel', { path: { id: of.id }, intent }), { refresh })
  if (!byCode(of.instrument)) return null
  const refunds = of.state === 'captured' && restOf(of) > 0 && may('payment.refund')
  const cancels = (of.state === 'waiting' || of.state === 'pending') && may('payment.take')
  if (!refunds && !cancels && !open) return null // what was asked stays until its answer was read
  const close = () => setOpen(undefined)
  return (
    <>
      {(refunds || cancels) && (
        <Button size={small ? 'small' : undefined} danger={cancels} onClick={() => setOpen(refunds ? 'refund' : 'cancel')}>
          {t(refunds ? 'refund.title' : 'collect.cancel')}
        </Button>
      )}
      {open === 'refund' && <Refund of={of} close={close} />}
      <Confirm open={open === 'cancel'} title="collect.cancel" verb="collect.cancel" danger act={cancel} close={close}>
        <p>{t('collect.cancel_about')}</p>
      </Confirm>
    </>
  )
}

interface Fields {
  amount: string
  reason?: string
}

/** Refund asks how much goes back and why, and tells what the wallet answered. */
function Refund({ of, close }: { of: Paid; close: () => void }) {
  const { t } = useWords()
  const [rest] = useState(restOf(of))
  const [form] = Form.useForm<Fields>()
  const act = useAct(
    ({ amount, reason }: Fields, intent) =>
      call('post', '/v1/payments/{id}/refund', {
        path: { id: of.id },
        body: { amount_fen: parseMoney(amount)!, reason: reason?.trim() || undefined },
        intent,
      }),
    { refresh },
  )
  const fits = (_: unknown, typed = '') => {
    const fen = parseMoney(typed)
    if (fen && fen <= rest) return Promise.resolve()
    return Promise.reject(new Error(t('refund.amount_wrong', { rest: formatMoney(rest) })))
  }
  return (
    <Modal
      open
      title={t('refund.title')}
      okText={t(act.data ? 'common.close' : 'refund.title')}
      okButtonProps={{ loading: act.isPending, danger: !act.data }}
      cancelButtonProps={act.data ? { style: { display: 'none' } } : undefined}
      onOk={() => (act.data ? close() : form.submit())}
      onCancel={close}
      width={440}
    >
      {act.error && <ProblemAlert problem={asProblem(act.error)} />}
      {act.data ? (
        <Answered answer={act.data} />
      ) : (
        <Form form={form} layout="vertical" initialValues={{ amount: (rest / 100).toFixed(2) }} onFinish={(fields) => act.mutate(fields)}>
          <p className="faint">{t('refund.about', { rest: formatMoney(rest) })}</p>
          <Form.Item name="amount" label={t('payments.amount')} rules={[{ validator: fits }]}>
            <Input prefix="¥" inputMode="decimal" autoFocus autoComplete="off" />
          </Form.Item>
          <Form.Item name="reason" label={t('refund.reason')}>
            <Input maxLength={60} />
          </Form.Item>
        </Form>
      )}
    </Modal>
  )
}

const tones: Record<string, 'good' | 'bad' | 'warn' | undefined> = { approved: 'good', declined: 'bad', refused: 'bad', manual: 'warn' }

/** Answered tells what became of a refund: done, under way, refused, or a case for a person. */
function Answered({ answer: { operation } }: { answer: Answer<'/v1/payments/{id}/refund', 'post'> }) {
  const { t, known } = useWords()
  const tone = tones[operation.state]
  const how = { good: 'refund.done', bad: 'refund.refused', warn: 'refund.manual' } as const
  const why = tone === 'bad' ? (known('payment_result', operation.result) ?? known('problem', operation.result) ?? operation.result) : ''
  return (
    <div className="answered" role="status">
      <p className="detail-amount">
        <Money fen={operation.amount_fen} /> <Tag tone={tone ?? 'info'}>{t(tone ? how[tone] : 'refund.under_way')}</Tag>
      </p>
      {why && <p>{why}</p>}
      {!tone && <p className="faint">{t('refund.under_way_about')}</p>}
    </div>
  )
}
