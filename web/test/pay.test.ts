import { describe, expect, it } from 'vitest'
import { fenOf, press, yuan, type Key } from '../pay/amount'
import { forgetIntent, intentKey, walletOf } from '../pay/api'
import { en, say, zh } from '../pay/words'

const typed = (keys: string) => [...keys].reduce((text, k) => press(text, (k === '<' ? 'back' : k) as Key), '')

describe('an amount on the keypad', () => {
  it.each([
    ['12.34', '12.34', 1234], ['12.345', '12.34', 1234], ['.5', '0.5', 50], ['007', '7', 700], ['1.2.3', '1.23', 123], ['123<<', '1', 100],
    ['0.01', '0.01', 1], ['5.', '5.', 500], ['', '', 0], ['123456789', '12345678', 1234567800], ['0<', '', 0],
  ])('%s is %s', (keys, text, fen) => {
    expect(typed(keys)).toBe(text)
    expect(fenOf(text)).toBe(fen)
  })
  it('is written with two decimals', () => {
    expect([0, 1, 10, 123, 100000].map(yuan)).toEqual(['0.00', '0.01', '0.10', '1.23', '1000.00'])
  })
  it('takes nothing else for an amount', () => {
    for (const text of ['1e3', '-1', '1,000', ' 1', '１', '1.234', '999999999']) expect(fenOf(text)).toBe(0)
  })
})

describe('the browser of a wallet', () => {
  it.each([
    ['Mozilla/5.0 (iPhone) AppleWebKit MicroMessenger/8.0.49', 'wechat'], ['Mozilla/5.0 (Linux; Android 14) AlipayClient/10.5.90', 'alipay'],
    ['Mozilla/5.0 (iPhone) UnionPay/1.0 CloudPay', 'unionpay'], ['Mozilla/5.0 (iPhone) Safari/605', undefined],
  ])('%s', (agent, wallet) => expect(walletOf(agent)).toBe(wallet))
})

describe('the number of an intent', () => {
  it('is the same after a reload, and another one for another intent', () => {
    const kept = new Map<string, string>()
    const store = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v), removeItem: (k: string) => kept.delete(k) } as unknown as Storage
    const first = intentKey(store, 'lnk_1', 'wechat', 100)
    expect(first).toMatch(/^[0-9a-z]{20}$/)
    expect(intentKey(store, 'lnk_1', 'wechat', 100)).toBe(first)
    expect(intentKey(store, 'lnk_1', 'wechat', 101)).not.toBe(first)
    expect(intentKey(store, 'lnk_1', 'alipay', 100)).not.toBe(first)
    forgetIntent(store, 'lnk_1', 'wechat', 100)
    expect(intentKey(store, 'lnk_1', 'wechat', 100)).not.toBe(first)
  })
})

describe('the words of the payer’s page', () => {
  it('are there in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    expect(Object.keys(en.codes).sort()).toEqual(Object.keys(zh.codes).sort())
    for (const words of [zh, en]) for (const text of [...Object.values(words.codes), words.pay, words.paid]) expect(text).not.toBe('')
  })
  it('take values', () => expect(say('{0} of {1}', 'a', 'b')).toBe('a of b'))
})
