// Amounts are integers in the currency's smallest unit, as the API sends them. Nothing here computes with fractions.

const signs: Record<string, string> = { CNY: '¥' }

/** formatMoney writes an amount of fen: 123456 → "¥1,234.56", -5 → "-¥0.05". */
export function formatMoney(fen: number, currency = 'CNY'): string {
  if (!Number.isSafeInteger(fen)) throw new RangeError('an amount is an integer of fen')
  const whole = Math.abs(fen)
  const rest = whole % 100
  const yuan = String((whole - rest) / 100).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${signs[currency] ?? `${currency} `}${yuan}.${String(rest).padStart(2, '0')}`
}

/** parseMoney reads what a person typed: "1,234.5" → 123450. It returns undefined for what is no amount. */
export function parseMoney(typed: string): number | undefined {
  const match = /^\s*[¥￥]?\s*(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?\s*$/.exec(typed)
  if (!match) return undefined
  const fen = Number(match[1]!.replaceAll(',', '')) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  return Number.isSafeInteger(fen) ? fen : undefined
}
