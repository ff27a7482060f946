// What the cashier sees of a collection, from what the API says of the link and of the payment.

/** Stage is where a collection stands. */
export type Stage =
  | 'shown' // our code waits for somebody to scan it
  | 'asking' // the wallet has not answered yet
  | 'preparing' // the customer has scanned our code, and the wallet has not answered yet
  | 'paying' // the customer has scanned our code and decides
  | 'password' // the customer types a password on the phone
  | 'ending' // it is being withdrawn
  | 'paid'
  | 'declined'
  | 'ended' // withdrawn or lapsed, nobody paid
  | 'returned' // paid in the moment of its withdrawal, and given back

interface Payment {
  state: string
  entry: string
  operations?: { kind: string; state: string }[]
}

interface Link {
  state: string
  expires_at?: string | null
}

/** stageOf tells where a payment by code stands. */
export function stageOf({ state, entry, operations = [] }: Payment): Stage {
  switch (state) {
    case 'captured':
      return 'paid'
    case 'pending':
    case 'waiting':
      if (operations.some((one) => one.kind === 'sale' && one.state === 'reversing')) return 'ending'
      if (state === 'pending') return entry === 'shown' ? 'preparing' : 'asking'
      return entry === 'scanned' ? 'password' : 'paying'
    case 'declined':
    case 'refused':
      return 'declined'
    case 'unknown':
      return 'asking'
    case 'voided':
      return 'returned'
  }
  return 'ended'
}

/** stageOfLink tells where a code with an amount stands; latest is the payment that was begun by it last. */
export function stageOfLink(link: Link, latest: Payment | undefined, now: number): Stage {
  const stage = latest && stageOf(latest)
  if (link.state === 'paid') return stage ?? 'asking'
  const under = stage === 'asking' || stage === 'preparing' || stage === 'paying' || stage === 'ending'
  if (link.state === 'off') return under ? 'ending' : 'ended'
  if (under) return stage
  return secondsLeft(link.expires_at, now) === 0 ? 'ended' : 'shown'
}

/**
 * scannable tells that a code with an amount is to be seen: also while a customer has scanned it and decides, since one who goes away
 * leaves it to the next phone.
 */
export function scannable(link: Link, stage: Stage): boolean {
  return stage === 'shown' || (link.state === 'open' && (stage === 'preparing' || stage === 'paying'))
}

/** over tells that nothing more will come of it. */
export function over(stage: Stage): boolean {
  return stage === 'paid' || stage === 'declined' || stage === 'ended' || stage === 'returned'
}

/** secondsLeft counts down to an instant, never below zero. */
export function secondsLeft(until: string | null | undefined, now: number): number {
  return until ? Math.max(0, Math.ceil((Date.parse(until) - now) / 1000)) : 0
}

/** clock writes seconds as minutes: 65 → "1:05". */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
