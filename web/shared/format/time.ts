// Times come from the API in UTC and are shown in the zone of the books. Both languages write them the same way, so
// that a column reads at a glance: 2026-11-23 09:05:07.

/** zone is that of the books. */
export const zone = 'Asia/Shanghai'
const offset = '+08:00' // the zone has had no summer time since 1991

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

function split(at: Date): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(at).map((part) => [part.type, part.value]))
}

/** formatDate writes the calendar day of an instant: 2026-11-23. */
export function formatDate(at: Date): string {
  const p = split(at)
  return `${p.year}-${p.month}-${p.day}`
}

/** formatTime writes an instant to the second: 2026-11-23 09:05:07. */
export function formatTime(at: Date): string {
  const p = split(at)
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** formatAgo writes how far an instant lies from now: "5 minutes ago". */
export function formatAgo(at: Date, now: Date, lang: string): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const format = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' })
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit)
  }
  return format.format(0, 'second')
}

/** dayBegins returns the first instant of a calendar day, dayEnds the first after it; as the API reads times. */
export function dayBegins(day: string): string {
  return `${day}T00:00:00${offset}`
}

export function dayEnds(day: string): string {
  return `${formatDate(new Date(Date.parse(dayBegins(day)) + 86_400_000))}T00:00:00${offset}`
}
