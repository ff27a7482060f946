import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import { useRef } from 'react'
import { newIntent } from '../api/client'
import { Problem } from '../api/problem'
import { useFresh } from './fresh'

interface Options<Out> {
  /** addresses of the API whose answers the act changes */
  refresh?: string[]
  done?: (out: Out) => void
}

/**
 * useAct returns a change that a person asks for. One intent keeps one Idempotency-Key for as long as nobody knows
 * whether it was carried out: pressed again after the line went dead, it is the same act. Where the API wants a fresh
 * proof of identity, the person is asked for one and the act goes on.
 */
export function useAct<In, Out>(
  run: (input: In, intent: string) => Promise<Out>,
  { refresh = [], done }: Options<Out> = {},
): UseMutationResult<Out, Error, In> {
  const client = useQueryClient()
  const fresh = useFresh()
  const last = useRef<{ intent: string; input: string }>(undefined)
  const intentOf = (input: string) => {
    if (last.current?.input !== input) last.current = { intent: newIntent(), input }
    return last.current.intent
  }
  return useMutation<Out, Error, In>({
    gcTime: 0, // what was sent may be a password or a part of a key: it does not outlive the page
    mutationFn: async (input) => {
      const wanted = JSON.stringify(input) ?? ''
      for (;;) {
        try {
          const out = await run(input, intentOf(wanted))
          last.current = undefined
          return out
        } catch (thrown) {
          if (!(thrown instanceof Problem)) throw thrown
          if (thrown.definite) last.current = undefined
          if (!thrown.wantsFresh || !(await fresh())) throw thrown
        }
      }
    },
    onSuccess: async (out) => {
      done?.(out)
      await client.invalidateQueries({ predicate: ({ queryKey }) => refresh.includes(String(queryKey[0])) })
    },
  })
}
