import { useMutation } from '@tanstack/react-query'
import { call } from '../api/client'
import { useEndSession } from './me'

/** useSignOut ends the session. Whatever the API answers, the page forgets what it knew. */
export function useSignOut() {
  const end = useEndSession()
  return useMutation({ mutationFn: () => call('post', '/v1/auth/logout'), onSettled: end })
}
