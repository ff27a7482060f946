// Amounts as a payer types them on the keypad: yuan with up to two decimals, kept as the text that is shown.

/** The keys of the keypad beside the digits. */
export type Key = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '.' | 'back' | 'clear'

const integerMax = 8

/** Returns the text after a key. A key that would make no amount changes nothing. */
export function press(text: string, key: Key): string {
  if (key === 'clear') return ''
  if (key === 'back') return text.slice(0, -1)
  const point = text.indexOf('.')
  if (key === '.') return point >= 0 ? text : (text || '0') + '.'
  if (point >= 0) return text.length - point > 2 ? text : text + key
  if (text === '0') return key
  return text.length >= integerMax ? text : text + key
}

/** Returns the amount in fen, 0 for none. */
export function fenOf(text: string): number {
  const match = /^(\d{1,8})(?:\.(\d{0,2}))?$/.exec(text)
  if (!match) return 0
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
}

/** Writes fen as yuan: 1234.50. */
export function yuan(fen: number): string {
  const whole = Math.floor(fen / 100)
  return `${whole}.${String(fen % 100).padStart(2, '0')}`
}
