import type { Answer } from '../api/client'
import { formatMoney } from '../format/money'
import { useWords, type Words } from '../words/words'

export type Plan = NonNullable<Answer<'/v1/service-plans'>['data']>[number]
export type Fee = Plan['fees'][number]

/** kinds are the payment services that there are. */
export const kinds = ['card', 'wechat', 'alipay', 'unionpay'] as const

/** formatRate writes parts per million as percent: 5500 → 0.55%. */
export function formatRate(ppm: number): string {
  return `${(ppm / 10_000).toFixed(4).replace(/0{1,2}$/, '')}%`
}

/** planName is the name of a plan in the language of the page. */
export function planName({ lang }: Words, { name, name_en }: { name: string; name_en: string }): string {
  return lang === 'en' ? name_en || name : name
}

/** Fees says what each kind of payment costs. */
export function Fees({ fees }: { fees: Fee[] }) {
  const { t, word } = useWords()
  return (
    <ul className="plain">
      {fees.map((fee) => (
        <li key={`${fee.instrument} ${fee.kind}`}>
          {word('instrument', fee.instrument)} · {fee.kind === '*' && fees.length === 1 ? t('fee_kind.all') : word('fee_kind', fee.kind === '*' ? 'other' : fee.kind)}
          {': '}
          <strong className="figures">{formatRate(fee.rate_ppm)}</strong>
          {fee.floor_fen > 0 && t('fees.floor', { amount: formatMoney(fee.floor_fen) })}
          {fee.cap_fen > 0 && t('fees.cap', { amount: formatMoney(fee.cap_fen) })}
        </li>
      ))}
    </ul>
  )
}

/** Limits says how much a service takes; zero is no limit. */
export function Limits({ of }: { of: { single_max_fen: number; day_count_max: number; day_sum_max_fen: number } }) {
  const { t } = useWords()
  const money = (fen: number) => (fen > 0 ? formatMoney(fen) : t('limits.none'))
  return (
    <ul className="plain">
      <li>{t('limits.single', { amount: money(of.single_max_fen) })}</li>
      <li>{t('limits.day_sum', { amount: money(of.day_sum_max_fen) })}</li>
      <li>{t('limits.day_count', { count: of.day_count_max > 0 ? of.day_count_max.toLocaleString('en') : t('limits.none') })}</li>
    </ul>
  )
}
