import { describe, expect, test } from 'vitest'
import { doubled, shareOf, termOf, type Term } from '../console/agent/term_form'

const price = (instrument: string, kind: string, rate_ppm: number, floor_fen = 0, cap_fen = 0) => ({ instrument, kind, rate_ppm, floor_fen, cap_fen, keep: false })

describe('the terms of an agent in a form', () => {
  test('come back as they were, whatever they name', () => {
    const terms: Term[] = [
      { service: 'card', part_ppm: 300_000, prices: [] },
      { service: 'card', part_ppm: 0, prices: [price('card', '*', 5500)] },
      { service: 'card', part_ppm: 0, prices: [price('tap', 'debit', 4000, 1, 1800), price('card', 'credit', 5500), price('phone', '*', 0), price('card', '*', 6000)] },
      { service: 'wechat', part_ppm: 0, prices: [price('wechat', '*', 3000)] },
    ]
    for (const term of terms) {
      const service = term.service as 'card' | 'wechat'
      expect(termOf(service, shareOf(service, term))).toEqual(term)
    }
  })
  test('say nothing where nothing is typed, never 0%', () => {
    expect(termOf('card', shareOf('card', undefined))).toBeUndefined()
    expect(termOf('card', { ...shareOf('card', undefined), basis: 'part' })).toBeUndefined()
    expect(termOf('card', { ...shareOf('card', undefined), basis: 'price' })).toBeUndefined()
    expect(termOf('card', { basis: 'price', prices: [] })).toBeUndefined()
    expect(termOf('card', { basis: 'price', prices: [{ instrument: 'card', kind: 'debit', rate: null }] })).toBeUndefined()
  })
  test('name each kind once', () => {
    const prices = [price('card', '*', 1), price('tap', '*', 1), price('card', '*', 2)]
    expect(prices.map((_, index) => doubled(prices, index))).toEqual([false, false, true])
  })
})
