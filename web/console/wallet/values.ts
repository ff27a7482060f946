import type { Answer } from '../../shared/api/client'

/** Field is one field of an account with a wallet, as the API names it. */
export type Field = Answer<'/v1/wallets/{owner}'>['data'][number]['modes'][number]['fields'][number]

/** none is what is typed to remove a secret that need not be there. */
const none = '-'

/** valuesOf is what is sent of a form: every field that is shown, and a secret only where one was typed, empty where it is to go. */
export function valuesOf(given: Record<string, string | undefined>, fields: readonly Field[]): Record<string, string> {
  const entries = fields.map(({ name, secret, optional }) => [name, given[name]?.trim() ?? '', secret, secret && optional] as const)
  return Object.fromEntries(
    entries.filter(([, value, secret]) => value !== '' || !secret).map(([name, value, , goes]) => [name, goes && value === none ? '' : value]),
  )
}

/** blamed is the field that a refusal begins with: "appid is missing: …". */
export function blamed(detail: string, fields: readonly Field[]): string | undefined {
  const first = /^\w+/.exec(detail)?.[0]
  return fields.find(({ name }) => name === first)?.name
}
