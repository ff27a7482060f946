import { Status } from '../ui/status'
import { useWords } from '../words/words'

interface Paid {
  instrument: string
  entry: string
  card: string
}

/** WalletIcon is a letter in a color of ours: wallets' own marks are theirs. */
export function WalletIcon({ wallet }: { wallet: string }) {
  const { known } = useWords()
  const letter = known('wallet_letter', wallet)
  return letter ? (
    <span className={`wallet-icon wallet-${wallet}`} aria-hidden>
      {letter}
    </span>
  ) : null
}

/** Means tells with what was paid. */
export function Means({ of: { instrument, entry, card } }: { of: Paid }) {
  const { word } = useWords()
  return (
    <span className="means">
      <WalletIcon wallet={instrument} />
      <span>
        {word('instrument', instrument)} · {word('card_entry', entry)} <span className="figures faint">{card.slice(-4)}</span>
      </span>
    </span>
  )
}

/** standing is the word for where a payment stands: its state, or how much of it went back. */
export function standing({ state, refund }: { state: string; refund: string }): string {
  if (state !== 'captured' || refund === 'none') return state
  return refund === 'whole' ? 'refunded' : 'part_refunded'
}

/** PaymentStatus shows where a payment stands. */
export function PaymentStatus({ of }: { of: { state: string; refund: string } }) {
  return <Status area="payment_state" state={standing(of)} />
}

/** byCode tells a payment by a wallet's code from one by card. */
export const byCode = (instrument: string): boolean => ['wechat', 'alipay', 'unionpay'].includes(instrument)
