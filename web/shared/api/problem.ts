/** Remark is what is wrong with one field: location as the API names it ("body.password"). */
export interface Remark {
  message?: string
  location?: string
  /** stable word for what is wrong, where there is one */
  code?: string
}

/** Problem is an answer that says no (RFC 9457), or that there was no answer. */
export class Problem extends Error {
  constructor(
    /** HTTP status; 0 when nothing came back. */
    readonly status: number,
    /** stable word for what is wrong, "" when there is none */
    readonly code: string,
    /** sentence of the API, in English */
    readonly detail: string,
    /** by which the operator finds the request */
    readonly request: string,
    readonly remarks: Remark[] = [],
  ) {
    super(detail || code || `status ${status}`)
    this.name = 'Problem'
  }

  /** definite tells that the request was understood and refused: the same one will not fare better. */
  get definite(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 409 && this.status !== 429
  }

  /** of reads a refusal; body is what came with it, parsed where it was JSON. */
  /** wantsFresh tells that a fresh proof of identity is all that is missing. */
  get wantsFresh(): boolean {
    return this.code === 'fresh_required' || this.code === 'fresh_proof_needed'
  }

  /** unsigned tells that nobody is signed in, or only half. */
  get unsigned(): boolean {
    return this.status === 401 || this.code === 'second_factor_needed'
  }

  static of(response: Response, body: unknown): Problem {
    const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
    return new Problem(
      response.status,
      text(told.code),
      text(told.detail) || text(told.title),
      text(told.request_id) || (response.headers.get('X-Request-Id') ?? ''),
      Array.isArray(told.errors) ? (told.errors as Remark[]) : [],
    )
  }
}

/** asProblem turns whatever was thrown into a problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem(0, thrown instanceof TypeError ? 'offline' : 'page_fault', thrown instanceof Error ? thrown.message : '', '')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
