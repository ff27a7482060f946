import { describe, expect, test } from 'vitest'
import { blamed, valuesOf, type Field } from '../console/wallet/values'
import description from '../shared/openapi.json'
import { en } from '../shared/words/en'

const field = (name: string, secret = false): Field => ({ name, secret, optional: false, long: false, value: '', kept: secret })
const fields = [field('appid'), field('mchid'), field('api_v3_key', true)]

describe('the form of an account with a wallet', () => {
  test('leaves a secret that nobody typed as it is', () => {
    expect(valuesOf({ appid: ' wx1 ', mchid: undefined, api_v3_key: '  ' }, fields)).toEqual({ appid: 'wx1', mchid: '' })
    expect(valuesOf({ appid: 'wx1', mchid: '19', api_v3_key: 'k', other: 'x' }, fields)).toEqual({ appid: 'wx1', mchid: '19', api_v3_key: 'k' })
  })
  test('removes a secret that need not be there', () => {
    const optional = { ...field('app_secret', true), optional: true }
    expect(valuesOf({ app_secret: '-' }, [optional])).toEqual({ app_secret: '' })
    expect(valuesOf({ app_secret: '' }, [optional])).toEqual({})
    expect(valuesOf({ api_v3_key: '-' }, [field('api_v3_key', true)])).toEqual({ api_v3_key: '-' })
  })
  test('finds the field that a refusal is about', () => {
    expect(blamed('mchid is missing: 8 to 10 digits', fields)).toBe('mchid')
    expect(blamed('give the wallet public key, or the three certificates', fields)).toBeUndefined()
  })
  test('has words for the states of an account that the API names', () => {
    const { state, mode } = description.components.schemas.WalletAccountView.properties
    for (const name of state.enum) expect(en).toHaveProperty([`wallet_state.${name}`])
    for (const name of mode.enum) expect(en).toHaveProperty([`wallet_mode.${name}`])
  })
})
