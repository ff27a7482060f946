import { useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react'

// Whether the API that the pages were built for tells events; vite.config.ts looks into its description.
declare const __EVENTS__: boolean

// What is done to payments: "sale.approved".
const acts = [
  'sale', 'offline_sale', 'void', 'refund', 'reversal', 'preauth', 'preauth_void', 'add_on', 'completion', 'completion_void', 'adjustment', 'authorization',
]
// What an event of the API makes out of date, by the noun of its kind.
const touched: Record<string, string[]> = {
  ...Object.fromEntries(acts.map((act) => [act, ['/v1/payments', '/v1/dashboard', '/v1/links']])),
  terminal: ['/v1/terminals', '/v1/dashboard'],
  terminal_order: ['/v1/terminal-orders', '/v1/units'],
  service: ['/v1/services'],
  ticket: ['/v1/tickets'],
  application: ['/v1/dashboard'],
  proposal: ['/v1/proposals', '/v1/dashboard'],
  account: ['/v1/staff', '/v1/members'],
  member: ['/v1/members'],
  api_key: ['/v1/api-keys'],
  webhook: ['/v1/webhooks'],
}

const pollMs = 30_000
const gatherMs = 1_000 // events of one second ask once

const Context = createContext<number | false>(pollMs)

/** Told is an event of the API: what happened to which record. */
export interface Told {
  kind: string
  subject?: string
  body?: Record<string, unknown>
}

const ears = new Set<(told: Told) => void>()

/** useEvents hears every event as it comes, before the lists that it makes out of date are asked again. */
export function useEvents(hear: (told: Told) => void): void {
  const latest = useRef(hear)
  useEffect(() => {
    latest.current = hear
  }, [hear])
  useEffect(() => {
    const ear = (told: Told) => latest.current(told)
    ears.add(ear)
    return () => void ears.delete(ear)
  }, [])
}

/** usePoll returns how often to ask again, in milliseconds: not at all while events come. */
export function usePoll(): number | false {
  return useContext(Context)
}

/** LiveProvider listens to the events of the API and marks what they touch as out of date; without them pages poll. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [poll, setPoll] = useState<number | false>(pollMs)
  useEffect(() => {
    if (!__EVENTS__) return
    const source = new EventSource('/v1/events')
    const stale = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const refresh = () => {
      timer = undefined
      const addresses = new Set(stale)
      stale.clear()
      void client.invalidateQueries({ predicate: ({ queryKey }) => addresses.has(String(queryKey[0])) })
    }
    source.onopen = () => setPoll(false)
    source.onerror = () => setPoll(pollMs) // the browser itself connects again
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const told = read(data)
      ears.forEach((ear) => ear(told))
      const noun = told.kind.split('.')[0]!
      if (noun === 'resync') return void client.invalidateQueries() // some events were missed
      for (const address of touched[noun] ?? []) stale.add(address)
      timer ??= setTimeout(refresh, gatherMs)
    }
    return () => {
      source.close()
      clearTimeout(timer)
    }
  }, [client])
  return <Context value={poll}>{children}</Context>
}

/** read reads an event; what is none has no kind. */
function read(data: string): Told {
  try {
    const told = JSON.parse(data) as Partial<Told>
    return { ...told, kind: typeof told.kind === 'string' ? told.kind : '' }
  } catch {
    return { kind: '' }
  }
}
