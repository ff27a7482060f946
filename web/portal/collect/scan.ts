// A scanner is a keyboard that types fast. What it reads off a customer's phone is told from an amount by its pace, its
// length and its first digits, so that nobody has to choose a field before scanning.

/** Wallet names a wallet as the API does. */
export type Wallet = 'wechat' | 'alipay' | 'unionpay'

// The first two digits, from and to; how many digits, from and to; as the API's table of prefixes has it.
const forms: [number, number, number, number, Wallet][] = [
  [10, 15, 18, 18, 'wechat'],
  [25, 30, 16, 24, 'alipay'],
  [62, 62, 19, 19, 'unionpay'],
]

/** walletOf tells whose code the digits are, undefined for what is no payment code. Spaces do not count. */
export function walletOf(text: string): Wallet | undefined {
  const digits = text.replaceAll(' ', '')
  if (!/^\d+$/.test(digits)) return undefined
  const first = Number(digits.slice(0, 2))
  return forms.find(([from, to, short, long]) => from <= first && first <= to && short <= digits.length && digits.length <= long)?.[4]
}

const paceMs = 100 // between two keys of a scanner, at most

/** Keys is what was typed lately: a run of digits at the pace of a scanner, and what stood before it. */
export interface Keys {
  run: string
  before: string
  at: number
}

export const noKeys: Keys = { run: '', before: '', at: 0 }

/** follow adds a digit that came at a moment (milliseconds) while an amount stood there. */
export function follow(keys: Keys, digit: string, amount: string, at: number): Keys {
  return at - keys.at <= paceMs ? { ...keys, run: keys.run + digit, at } : { run: digit, before: amount, at }
}
