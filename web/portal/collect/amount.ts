// The amount as a cashier types it. It stays text until it is charged, so that "12." may become "12.34".

const wholeMax = 7 // digits of yuan: nobody pays ten million by a code

/** press adds a key to what was typed. A key that would make it no amount is passed over. */
export function press(typed: string, key: string): string {
  if (key === 'Backspace') return typed.slice(0, -1)
  if (key === 'Escape') return ''
  const next = key === '.' ? `${typed || '0'}.` : /^\d$/.test(key) ? (typed === '0' ? key : typed + key) : typed
  return new RegExp(`^\\d{1,${wholeMax}}(\\.\\d{0,2})?$`).test(next) ? next : typed
}

/** fenOf is the amount that was typed, in fen: "12.3" → 1230, nothing → 0. */
export function fenOf(typed: string): number {
  const [yuan = '', rest = ''] = typed.split('.')
  return Number(yuan) * 100 + Number(rest.padEnd(2, '0'))
}
