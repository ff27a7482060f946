import createClient from 'openapi-fetch'
import { Problem } from './problem'
import type { paths } from './schema'

// What follows reads the generated types by address and method, never by the name of a schema, so that the API may
// name its schemas as it likes.

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>
type JSONOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined

/** Address is a path of the API that has the method. */
export type Address<M extends Method> = {
  [P in keyof paths]: [NonNullable<paths[P][M]>] extends [never] ? never : P
}[keyof paths]

/** Answer is what a successful call returns. */
export type Answer<P extends keyof paths, M extends Method = 'get'> =
  Operation<P, M> extends { responses: infer R } ? JSONOf<R[keyof R & (200 | 201 | 202)]> : undefined

/** Row is one item of a list. */
export type Row<P extends keyof paths> = Answer<P> extends { data: (infer R)[] | null } ? R : never

/** Page is one page of a list. */
export interface Page<R> {
  data: R[] | null
  has_more: boolean
  next_cursor?: string
}

type BodyOf<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: { content: { 'application/json': infer Body } } } ? Body : undefined

interface Call<P extends keyof paths, M extends Method> {
  /** values for the {braces} of the address */
  path?: Record<string, string>
  query?: Record<string, string | number | undefined>
  body?: BodyOf<P, M>
  /** what makes repeats of one intent one act; a fresh one when absent */
  intent?: string
  signal?: AbortSignal
}

const client = createClient<paths>({ credentials: 'same-origin' })

/** call asks the API and returns what it answers, or throws a Problem. */
export async function call<M extends Method, P extends Address<M>>(
  method: M,
  address: P,
  { path, query, body, intent, signal }: Call<P, M> = {},
): Promise<Answer<P, M>> {
  const headers: Record<string, string> = { 'Accept-Language': document.documentElement.lang }
  if (method !== 'get') headers['Idempotency-Key'] = intent ?? newIntent()
  const init = { params: { path, query }, body, headers, signal }
  const { data, error, response } = await client.request(method, address as never, init as never)
  if (!response.ok) throw Problem.of(response, error)
  return data as Answer<P, M>
}

/** newIntent returns a random UUID (RFC 9562, version 4). crypto.randomUUID needs HTTPS, which a shop's network may lack. */
export function newIntent(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = (b[6]! & 0x0f) | 0x40
  b[8] = (b[8]! & 0x3f) | 0x80
  const hex = Array.from(b, (value) => value.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
