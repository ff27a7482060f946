// What the page asks the product. Types are those of the API's description.
import type { components } from '../shared/api/schema'

export type Link = components['schemas']['PayLinkView']
export type Payment = components['schemas']['PayView']
export type Wallet = 'wechat' | 'alipay' | 'unionpay'

/** Why something was refused, as the API's word; "offline" when nobody answered. */
export class Refusal extends Error {
  constructor(readonly code: string) {
    super(code)
  }
}

async function ask<T>(path: string, body?: unknown): Promise<T> {
  let answer: Response
  try {
    answer = await fetch('/v1/pay/links/' + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
  } catch {
    throw new Refusal('offline')
  }
  const text = await answer.text()
  if (answer.ok) return JSON.parse(text) as T
  let code = answer.status >= 500 ? 'offline' : 'internal'
  try {
    code = (JSON.parse(text) as { code?: string }).code ?? code
  } catch {
    // a proxy answered instead of us
  }
  throw new Refusal(code)
}

export const seeLink = (link: string) => ask<Link>(encodeURIComponent(link))
export const begin = (link: string, wallet: Wallet, fen: number, key: string, visit: string) =>
  ask<Payment>(`${encodeURIComponent(link)}/payments`, { wallet, amount_fen: fen, key, visit: visit || undefined })
/** Where the page goes first in a wallet's own browser, to come back with a code that tells who visits; "" where it stays. */
export const seeVisit = (link: string, wallet: Wallet) =>
  ask<components['schemas']['PayVisitView']>(`${encodeURIComponent(link)}/visit?wallet=${wallet}`).then((v) => v.address)
export const seePayment = (link: string, payment: string) =>
  ask<Payment>(`${encodeURIComponent(link)}/payments/${encodeURIComponent(payment)}`)

/** Which wallet's own browser this is; undefined in any other. */
export function walletOf(agent: string): Wallet | undefined {
  if (/MicroMessenger/i.test(agent)) return 'wechat'
  if (/AlipayClient/i.test(agent)) return 'alipay'
  if (/UnionPay|CloudPay/i.test(agent)) return 'unionpay'
  return undefined
}

/** The number of an intent: made up once, and the same after a reload, until the payment is over. */
export function intentKey(store: Pick<Storage, 'getItem' | 'setItem'>, link: string, wallet: Wallet, fen: number): string {
  const name = `yifen.pay.${link}.${wallet}.${fen}`
  let key = store.getItem(name)
  if (!key) {
    key = Array.from(crypto.getRandomValues(new Uint8Array(20)), (b) => (b % 36).toString(36)).join('')
    store.setItem(name, key)
  }
  return key
}

/** Forgets the number of an intent: the next one is another payment. */
export function forgetIntent(store: Pick<Storage, 'removeItem'>, link: string, wallet: Wallet, fen: number) {
  store.removeItem(`yifen.pay.${link}.${wallet}.${fen}`)
}
