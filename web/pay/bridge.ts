// WeChat's own browser: a payment is asked for through its WeixinJSBridge, by what the server signed.

/** What the wallet says of a payment that it was asked for: paid is told by the server alone. */
export type Said = 'ok' | 'cancel' | 'fail'

interface Bridge {
  invoke(name: string, parameters: unknown, said: (answer: { err_msg?: string }) => void): void
}

const bridge = () => (window as { WeixinJSBridge?: Bridge }).WeixinJSBridge

/** Whether what leads to paying is for the bridge: links begin otherwise. */
export const forBridge = (content: string) => content.startsWith('{')

/** Asks the wallet for a payment, once its bridge is there. */
export function askWallet(content: string, then: (said: Said) => void) {
  const there = bridge()
  if (!there) {
    document.addEventListener('WeixinJSBridgeReady', () => askWallet(content, then), { once: true })
    return
  }
  there.invoke('getBrandWCPayRequest', JSON.parse(content), ({ err_msg = '' }) =>
    then(err_msg.endsWith(':ok') ? 'ok' : err_msg.endsWith(':cancel') ? 'cancel' : 'fail'))
}

/**
 * The code that tells who visits, with which the wallet led back to this page. It is taken from the address, since it is good
 * once; away tells that the wallet led back without one.
 */
export function takeVisit(): { visit: string, away: boolean } {
  const query = new URLSearchParams(location.search)
  const visit = query.get('code') ?? ''
  if (query.has('state')) history.replaceState(null, '', location.pathname)
  return { visit, away: query.has('state') && !visit }
}
