import { describe, expect, test } from 'vitest'
import { base64url, bytes } from '../shared/account/passkey'
import { inside } from '../shared/account/inside'
import { asProblem, Problem } from '../shared/api/problem'
import { changes } from '../shared/ui/changes'
import { fieldOf } from '../shared/ui/form'
import { pageSize, wanted, type Filter } from '../shared/ui/list_address'
import { check, kindOf } from '../shared/ui/upload_check'

test('the log-in leads to pages of ours only', () => {
  expect(inside('/audit?open=aud_1')).toBe('/audit?open=aud_1')
  for (const elsewhere of [null, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    expect(inside(elsewhere)).toBe('/')
  }
})

test('bytes survive base64url', () => {
  for (let length = 0; length < 40; length++) {
    const given = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 255)
    const text = base64url(given.buffer)
    expect(text).toMatch(/^[\w-]*$/)
    expect(bytes(text)).toEqual(given)
  }
})

describe('a problem', () => {
  test('is read from problem+json', () => {
    const body = { code: 'invalid', detail: 'wrong', request_id: 'req_1', errors: [{ location: 'body.name', message: 'too long' }] }
    const problem = Problem.of(new Response(null, { status: 422 }), body)
    expect(problem).toMatchObject({ status: 422, code: 'invalid', detail: 'wrong', request: 'req_1', definite: true })
    expect(problem.remarks).toEqual(body.errors)
  })
  test('is read from whatever else comes', () => {
    for (const body of [undefined, null, 'gateway timeout', 7, { code: 7 }]) {
      expect(Problem.of(new Response(null, { status: 502 }), body)).toMatchObject({ status: 502, code: '', remarks: [] })
    }
  })
  test('without an answer leaves open whether the act was carried out', () => {
    expect(asProblem(new TypeError('failed to fetch'))).toMatchObject({ status: 0, code: 'offline', definite: false })
    for (const status of [409, 429, 500, 503]) expect(new Problem(status, '', '', '').definite).toBe(false)
  })
})

test('a remark finds its field', () => {
  expect(fieldOf('body.login')).toEqual(['login'])
  expect(fieldOf('body.shops[2].name')).toEqual(['shops', 2, 'name'])
  expect(fieldOf('body')).toEqual([])
})

describe('changes', () => {
  test('tell what is new, gone and another, into the depth, before what stayed', () => {
    const before = { name: 'a', account: { bank: 'x', holder: 'h' }, note: 'n', empty: null }
    const after = { name: 'a', account: { bank: 'y', holder: 'h' }, roles: ['r', 's'] }
    expect(changes(before, after)).toEqual([
      { name: 'account.bank', kind: 'changed', from: 'x', to: 'y' },
      { name: 'note', kind: 'removed', from: 'n', to: undefined },
      { name: 'roles', kind: 'added', from: undefined, to: 'r, s' },
      { name: 'name', kind: 'same', from: 'a', to: 'a' },
      { name: 'account.holder', kind: 'same', from: 'h', to: 'h' },
    ])
  })
})

describe('the address of a list', () => {
  const filters: Filter<string>[] = [
    { kind: 'text', name: 'actor', label: 'x' },
    { kind: 'choice', name: 'state', label: 'x', area: 'state', values: ['open'] },
    { kind: 'days', label: 'x' },
  ]
  test('becomes the question to the API; a day ends where the next begins', () => {
    const address = new URLSearchParams('actor=+usr_1+&state=&from=2026-11-23&to=2026-11-23&open=aud_1')
    expect(wanted(filters, address)).toEqual({
      actor: 'usr_1',
      from: '2026-11-23T00:00:00+08:00',
      to: '2026-11-24T00:00:00+08:00',
    })
  })
  test('offers three sizes of a page', () => {
    expect(['', '50', '100', '7', '-1', 'x'].map((limit) => pageSize(new URLSearchParams({ limit })))).toEqual([20, 50, 100, 20, 20, 20])
  })
})

describe('a file', () => {
  const jpeg = new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])])
  test('is what its first bytes say', () => {
    expect(kindOf(new TextEncoder().encode('%PDF-1.7'))).toBe('pdf')
    expect(kindOf(new TextEncoder().encode('<svg xmlns'))).toBeUndefined()
    expect(kindOf(new Uint8Array())).toBeUndefined()
  })
  test('is refused by type, by size and when it is empty', async () => {
    expect(await check(jpeg, ['jpeg'], 100)).toBeUndefined()
    expect(await check(jpeg, ['pdf'], 100)).toBe('type')
    expect(await check(jpeg, ['jpeg'], 3)).toBe('size')
    expect(await check(new Blob([]), ['jpeg'], 100)).toBe('empty')
  })
})
