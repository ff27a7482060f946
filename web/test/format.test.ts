import { describe, expect, test } from 'vitest'
import { formatMoney, parseMoney } from '../shared/format/money'
import { dayBegins, dayEnds, formatAgo, formatDate, formatTime } from '../shared/format/time'

describe('formatMoney', () => {
  test.each([
    [0, '¥0.00'],
    [5, '¥0.05'],
    [-5, '-¥0.05'],
    [123456, '¥1,234.56'],
    [-100000000, '-¥1,000,000.00'],
    [Number.MAX_SAFE_INTEGER, '¥90,071,992,547,409.91'],
  ])('%d fen', (fen, want) => expect(formatMoney(fen)).toBe(want))

  test('names a currency that has no sign here', () => expect(formatMoney(100, 'HKD')).toBe('HKD 1.00'))
  test('refuses a fraction of a fen', () => expect(() => formatMoney(0.5)).toThrow(RangeError))
})

describe('parseMoney', () => {
  test.each([
    ['1,234.5', 123450],
    ['¥0.07', 7],
    ['１', undefined],
    ['12.345', undefined],
    ['1,23', undefined],
    ['-1', undefined],
    ['', undefined],
    ['90,071,992,547,409.91', Number.MAX_SAFE_INTEGER],
    ['90,071,992,547,409.93', undefined],
  ])('%s', (typed, want) => expect(parseMoney(typed)).toBe(want))

  test('reads back what formatMoney wrote', () => {
    for (let fen = 1; fen < 10 ** 14; fen = fen * 7 + 3) expect(parseMoney(formatMoney(fen))).toBe(fen)
  })
})

describe('times', () => {
  const at = new Date('2026-11-23T16:30:05Z')

  test('are those of the books, whatever the zone of the machine', () => {
    expect(formatDate(at)).toBe('2026-11-24')
    expect(formatTime(at)).toBe('2026-11-24 00:30:05')
  })
  test('of a day are half open', () => {
    expect(dayBegins('2026-12-31')).toBe('2026-12-31T00:00:00+08:00')
    expect(dayEnds('2026-12-31')).toBe('2027-01-01T00:00:00+08:00')
  })
  test.each([
    [0, 'now', '现在'],
    [-59, 'now', '现在'],
    [-60, '1 minute ago', '1分钟前'],
    [-7200, '2 hours ago', '2小时前'],
    [3 * 86400, 'in 3 days', '3天后'],
  ])('%d seconds from now', (seconds, english, chinese) => {
    const then = new Date(at.getTime() + seconds * 1000)
    expect(formatAgo(then, at, 'en')).toBe(english)
    expect(formatAgo(then, at, 'zh')).toBe(chinese)
  })
})
