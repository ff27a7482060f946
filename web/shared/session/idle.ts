import { useEffect, useRef } from 'react'

// A page asks the API by itself, so the API cannot tell that nobody sits before it: the page ends the session after
// the time that the API's own rule names (PCI DSS 8.2.8). All windows of the browser share one clock.
const idleMs = 15 * 60_000
const lookMs = 15_000
const noteMs = 5_000
const remembered = 'yifen.seen'

/** useIdle calls end when nobody touched any window for a quarter of an hour, a sleeping device included. */
export function useIdle(end: () => void): void {
  const latest = useRef(end)
  useEffect(() => {
    latest.current = end
  }, [end])
  useEffect(() => {
    let noted = 0
    const note = () => {
      const now = Date.now()
      if (now - noted < noteMs) return
      noted = now
      localStorage.setItem(remembered, String(now))
    }
    note()
    const look = () => {
      if (Date.now() - Number(localStorage.getItem(remembered)) >= idleMs) latest.current()
    }
    const timer = setInterval(look, lookMs)
    const signs = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const
    for (const sign of signs) addEventListener(sign, note, { passive: true })
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      for (const sign of signs) removeEventListener(sign, note)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
}
