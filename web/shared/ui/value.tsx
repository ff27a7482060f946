import { useEffect, useState } from 'react'
import { formatMoney } from '../format/money'
import { formatAgo, formatTime } from '../format/time'
import { useWords } from '../words/words'

/** Money shows an amount of fen. */
export function Money({ fen, currency = 'CNY' }: { fen: number; currency?: string }) {
  return <span className={fen < 0 ? 'money money-minus' : 'money'}>{formatMoney(fen, currency)}</span>
}

/** Time shows an instant in the zone of the books. */
export function Time({ at }: { at?: string | null }) {
  if (!at) return <Nothing />
  return (
    <time dateTime={at} className="figures">
      {formatTime(new Date(at))}
    </time>
  )
}

/** Ago shows how long ago an instant was; the pointer shows when. */
export function Ago({ at }: { at?: string | null }) {
  const { lang } = useWords()
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000)
    return () => clearInterval(timer)
  }, [])
  if (!at) return <Nothing />
  const instant = new Date(at)
  return (
    <time dateTime={at} title={formatTime(instant)}>
      {formatAgo(instant, now, lang)}
    </time>
  )
}

/** Nothing stands where there is no value. */
export function Nothing() {
  return <span className="faint">–</span>
}

/** Code shows an id or an address, to be copied whole. */
export function Code({ children }: { children?: string }) {
  return children ? <code className="id">{children}</code> : <Nothing />
}
