import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { call, type Answer } from '../api/client'
import { Problem } from '../api/problem'

/** Me is who acts in this session, and what they may do. */
export type Me = Answer<'/v1/me'>

/** Permission is a word of the API: "member.manage". */
export type Permission =
  | 'merchant.view' | 'merchant.edit' | 'application.edit' | 'application.review' | 'merchant.control' | 'document.view'
  | 'member.view' | 'member.manage' | 'key.manage' | 'service.view' | 'service.request' | 'service.review'
  | 'terminal.view' | 'terminal.order' | 'terminal.manage' | 'stock.manage' | 'payment.view' | 'payment.take'
  | 'payment.refund' | 'settlement.view' | 'ticket.open' | 'ticket.answer' | 'agent.manage' | 'staff.manage'
  | 'audit.view' | 'approval.decide' | 'risk.manage' | 'setting.manage' | 'dashboard.view' | 'terminal.key'

export const meKey = ['/v1/me'] as const

/** meQuery asks who is signed in; nobody is null. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await call('get', '/v1/me', { signal })
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.unsigned) return null
      throw thrown
    }
  },
  staleTime: 60_000,
})

/** useMe returns who is signed in. It is for what stands inside of the signed-in layout only. */
export function useMe(): Me {
  const { data } = useQuery(meQuery)
  if (!data) throw new Error('useMe is called where nobody is signed in')
  return data
}

/** useMay returns a function that tells whether the person holds a permission. */
export function useMay(): (permission?: Permission) => boolean {
  const { permissions } = useMe()
  return (permission) => !permission || (permissions ?? []).includes(permission)
}

/** useEndSession forgets everything that was loaded for the person. */
export function useEndSession(): () => void {
  const client = useQueryClient()
  return () => {
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== meKey[0] })
    client.setQueryData(meKey, null)
  }
}
