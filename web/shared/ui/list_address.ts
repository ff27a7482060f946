import { dayBegins, dayEnds } from '../format/time'

/** Filter narrows a list. It stands in the page's address under its name; days as "from" and "to". */
export type Filter<Key> =
  | { kind: 'text'; name: string; label: Key; hint?: Key }
  | { kind: 'choice'; name: string; label: Key; area: string; values: readonly string[] }
  | { kind: 'days'; label: Key }

/** names lists the parameters that a filter occupies. */
export function names(filter: Filter<unknown>): string[] {
  return filter.kind === 'days' ? ['from', 'to'] : [filter.name]
}

export const sizes = [20, 50, 100] as const

/** wanted reads the address of a list page as the question to the API. */
export function wanted(filters: Filter<unknown>[], address: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = {}
  for (const filter of filters) {
    for (const name of names(filter)) {
      const value = address.get(name)?.trim()
      if (value) query[name] = filter.kind !== 'days' ? value : name === 'from' ? dayBegins(value) : dayEnds(value)
    }
  }
  return query
}

/** pageSize reads the page size of the address; what is not offered is the smallest. */
export function pageSize(address: URLSearchParams): number {
  const size = Number(address.get('limit'))
  return sizes.find((offered) => offered === size) ?? sizes[0]
}
