import { describe, expect, test, vi } from 'vitest'
import { fenOf, press } from '../portal/collect/amount'
import { clock, over, secondsLeft, stageOf, stageOfLink } from '../portal/collect/course'
import { follow, noKeys, walletOf } from '../portal/collect/scan'
import { say, soundText } from '../portal/collect/sound'
import { en } from '../shared/words/en'
import { zh } from '../shared/words/zh'

const type = (keys: string[]) => keys.reduce(press, '')

describe('an amount', () => {
  test('is typed key by key', () => {
    for (const [keys, typed, fen] of [
      ['12.34', '12.34', 1234],
      ['007', '7', 700],
      ['.5', '0.5', 50],
      ['1..2', '1.2', 120],
      ['12.345', '12.34', 1234],
      ['12345678', '1234567', 123456700],
      ['1x2', '12', 1200],
      ['', '', 0],
    ] as const) {
      expect(type([...keys]), keys).toBe(typed)
      expect(fenOf(typed), keys).toBe(fen)
    }
  })
  test('is corrected', () => {
    expect(type(['1', '2', 'Backspace', '3'])).toBe('13')
    expect(type(['1', '2', 'Escape'])).toBe('')
  })
})

describe("a customer's code", () => {
  test('is known by its first digits and its length', () => {
    expect(walletOf('134567890123456789')).toBe('wechat')
    expect(walletOf('1345 6789 0123 4567 89')).toBe('wechat')
    expect(walletOf('2812345678901234')).toBe('alipay')
    expect(walletOf('6212345678901234567')).toBe('unionpay')
    for (const other of ['', '1234', '13456789012345678', '991234567890123456', '13456789012345678x']) expect(walletOf(other), other).toBeUndefined()
  })
  test('is told from an amount by the pace of its digits', () => {
    const scanned = [...'134567890123456789'].reduce((keys, digit, index) => follow(keys, digit, '12.34', 5_000 + index * 8), follow(noKeys, '4', '12.3', 1_000))
    expect(scanned).toMatchObject({ run: '134567890123456789', before: '12.34' })
    const typed = [...'1234'].reduce((keys, digit, index) => follow(keys, digit, '1234'.slice(0, index), 1_000 + index * 150), noKeys)
    expect(typed).toMatchObject({ run: '4', before: '123' })
  })
})

describe('a collection', () => {
  const sale = (state: string) => [{ kind: 'sale', state }]
  test('stands where its payment stands', () => {
    for (const [state, entry, stage] of [
      ['pending', 'scanned', 'asking'], ['pending', 'shown', 'preparing'], ['unknown', 'scanned', 'asking'], ['waiting', 'scanned', 'password'], ['waiting', 'shown', 'paying'],
      ['captured', 'shown', 'paid'], ['declined', 'scanned', 'declined'], ['refused', 'scanned', 'declined'], ['closed', 'shown', 'ended'],
      ['voided', 'scanned', 'returned'], ['reversed', 'scanned', 'ended'],
    ] as const) {
      expect(stageOf({ state, entry }), state).toBe(stage)
    }
    expect(stageOf({ state: 'waiting', entry: 'scanned', operations: sale('reversing') })).toBe('ending')
  })
  test('stands where its link stands, until somebody scans it', () => {
    const now = Date.parse('2026-11-23T06:00:00Z')
    const open = { state: 'open', expires_at: '2026-11-23T06:05:00Z' }
    expect(stageOfLink(open, undefined, now)).toBe('shown')
    expect(stageOfLink(open, { state: 'waiting', entry: 'shown' }, now)).toBe('paying')
    expect(stageOfLink(open, { state: 'closed', entry: 'shown' }, now)).toBe('shown') // another wallet may follow
    expect(stageOfLink(open, undefined, now + 400_000)).toBe('ended')
    expect(stageOfLink({ ...open, state: 'off' }, { state: 'waiting', entry: 'shown' }, now)).toBe('ending')
    expect(stageOfLink({ ...open, state: 'off' }, undefined, now)).toBe('ended')
    expect(stageOfLink({ ...open, state: 'paid' }, { state: 'captured', entry: 'shown' }, now)).toBe('paid')
    expect(['shown', 'asking', 'paying', 'password', 'ending', 'paid', 'declined', 'ended', 'returned'].filter((stage) => over(stage as 'paid'))).toEqual(['paid', 'declined', 'ended', 'returned'])
    expect(stageOfLink({ ...open, state: 'paid' }, undefined, now)).toBe('asking') // who paid is being asked for
    expect(stageOfLink({ ...open, state: 'paid' }, { state: 'voided', entry: 'shown' }, now)).toBe('returned')
  })
  test('counts down', () => {
    expect(secondsLeft('2026-11-23T06:01:05Z', Date.parse('2026-11-23T06:00:00Z'))).toBe(65)
    expect(secondsLeft('2026-11-23T06:01:05Z', Date.parse('2026-11-23T07:00:00Z'))).toBe(0)
    expect(secondsLeft(null, 0)).toBe(0)
    expect(clock(65)).toBe('1:05')
  })
})

test('the till says what came', () => {
  const words = (dictionary: Record<string, string>) => ({
    t: (key: string, values: object = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, String(value)), dictionary[key]!),
    word: (area: string, name: string) => dictionary[`${area}.${name}`]!,
  })
  expect(soundText(words(zh), 'wechat', 1234)).toBe('微信收款 12.34 元')
  expect(soundText(words(en), 'wechat', 1234)).toBe('WeChat Pay, 12.34 yuan received')
  expect(soundText(words(zh), 'alipay', 100005)).toBe('支付宝收款 1000.05 元')
})

test('what the till says is told on the window', () => {
  const told: unknown[] = []
  vi.stubGlobal('window', {})
  vi.stubGlobal('dispatchEvent', (event: CustomEvent) => told.push(event.detail))
  say('微信收款 12.34 元', 'zh')
  vi.unstubAllGlobals()
  expect(told).toEqual([{ text: '微信收款 12.34 元', lang: 'zh' }])
})
