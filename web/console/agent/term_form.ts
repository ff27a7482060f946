import type { Terms } from '../../shared/agent/agent'
import { kinds } from '../../shared/product/plan'

export type Service = (typeof kinds)[number]
export type Term = Terms['terms'][number]

/** Price is a price as typed: percent and yuan, empty where nothing stands. */
export interface Price {
  instrument?: string
  kind?: string
  rate?: number | null
  floor?: number | null
  cap?: number | null
}

/** Share is the share of one payment service as typed. */
export interface Share {
  basis: 'none' | 'part' | 'price'
  part?: number | null
  prices?: Price[] // while the basis is prices
}

/** instruments are what prices of a service may name. */
export const instruments: Record<Service, readonly string[]> = {
  card: ['card', 'tap', 'phone'],
  wechat: ['wechat'],
  alipay: ['alipay'],
  unionpay: ['unionpay'],
}

/** priceKinds are the kinds of card that prices tell apart; '*' is any. */
export const priceKinds = ['debit', 'credit', 'prepaid', '*'] as const

export const fen = (yuan: number) => Math.round(yuan * 100)
export const ppm = (percent: number) => Math.round(percent * 10_000)

/** shareOf is a term to be edited: every price of it, in its order. */
export function shareOf(service: Service, term: Term | undefined): Share {
  const prices = (term?.prices ?? []).map(({ instrument, kind, rate_ppm, floor_fen, cap_fen }) => ({
    instrument,
    kind,
    rate: rate_ppm / 10_000,
    floor: floor_fen / 100,
    cap: cap_fen / 100,
  }))
  if (prices.length > 0) return { basis: 'price', prices }
  return { basis: term ? 'part' : 'none', part: term && term.part_ppm / 10_000, prices: [{ instrument: service, kind: '*' }] }
}

/** termOf is a share as the API takes it; undefined where nothing is shared, or what it rests on is not typed yet. */
export function termOf(service: Service, { basis, part, prices }: Share): Term | undefined {
  if (basis === 'part') return typeof part === 'number' ? { service, part_ppm: ppm(part), prices: [] } : undefined
  if (basis === 'none' || !prices?.length) return undefined
  const typed: Term['prices'] = []
  for (const price of prices) {
    if (!price?.instrument || !price.kind || typeof price.rate !== 'number') return undefined
    typed.push({
      instrument: price.instrument,
      kind: price.kind,
      rate_ppm: ppm(price.rate),
      floor_fen: fen(price.floor ?? 0),
      cap_fen: fen(price.cap ?? 0),
      keep: false,
    })
  }
  return { service, part_ppm: 0, prices: typed }
}

/** doubled reports whether a price is for the same as one before it. */
export function doubled(prices: readonly Price[], index: number): boolean {
  const one = prices[index]
  return prices.slice(0, index).some((before) => before?.instrument === one?.instrument && before?.kind === one?.kind)
}
