/** kinds lists the kinds of parameters in the order in which terminals fetch them. */
export const kinds = ['settings', 'ca_keys', 'applications', 'contactless', 'blacklist', 'bins', 'notice'] as const

export type Kind = (typeof kinds)[number]

/** profiles lists the dialects of terminals. */
export const profiles = ['cup', 'cup-x919', 'cup-190', 'cup-single', 'cup-sm4'] as const

/** acts lists the transactions of the dialect, in the order of their switches. */
export const acts = [
  'inquiry', 'preauthorization', 'preauthorization_void', 'completion', 'completion_void', 'sale', 'sale_void', 'refund',
  'offline', 'adjustment', 'tip', 'completion_advice', 'code', 'partial', 'signature', 'add_on',
] as const

/** tables names the fields of the kinds that are lists: a line of text for each row, the fields in this order. */
export const tables: Partial<Record<Kind, readonly string[]>> = {
  ca_keys: ['rid', 'index', 'expiry', 'modulus', 'exponent', 'check'],
  applications: ['aid', 'data'],
  blacklist: ['prefix'],
  bins: ['prefix', 'length', 'kind', 'organization'],
}

const counted = ['length']

/** linesOf writes the rows of a list, a line for each. */
export function linesOf(kind: Kind, content: unknown): string[] {
  const rows = (content ?? []) as Record<string, unknown>[]
  return rows.map((row) => tables[kind]!.map((name) => String(row[name] ?? '')).join(' ').trim())
}

/** rowsOf reads what linesOf wrote; it returns the number of the first line that has too many or too few fields. */
export function rowsOf(kind: Kind, text: string): { rows: Record<string, unknown>[]; wrong?: number } {
  const names = tables[kind]!
  const rows: Record<string, unknown>[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const cells = line.trim().split(/[\s,;]+/).filter(Boolean)
    if (cells.length === 0) continue
    const short = kind === 'bins' && cells.length === names.length - 1 // an organization may be left out
    if (cells.length !== names.length && !short) return { rows, wrong: index + 1 }
    rows.push(Object.fromEntries(names.map((name, at) => [name, counted.includes(name) ? Number(cells[at]) : (cells[at] ?? '')])))
  }
  return { rows }
}

export interface LineChange {
  kind: 'added' | 'removed'
  text: string
}

/** compare lists the lines that only one of two texts has, those that are gone first. */
export function compare(before: readonly string[], after: readonly string[]): LineChange[] {
  const only = (list: readonly string[], other: readonly string[], kind: LineChange['kind']) => {
    const known = new Set(other)
    return list.filter((text) => text && !known.has(text)).map((text) => ({ kind, text }))
  }
  return [...only(before, after, 'removed'), ...only(after, before, 'added')]
}

/** switchesOn reads 16 hexadecimal digits: which of the transactions are on. */
export function switchesOn(digits: string): string[] {
  const bits = [...(digits || '0'.repeat(16))].map((digit) => parseInt(digit, 16).toString(2).padStart(4, '0')).join('')
  return acts.filter((_, index) => bits[index] === '1')
}

/** switchesOf writes them, and leaves the others, which nobody is shown, as they were. */
export function switchesOf(on: readonly string[], before: string): string {
  const rest = (before || '0'.repeat(16)).slice(acts.length / 4)
  const bits = acts.map((act) => (on.includes(act) ? '1' : '0')).join('')
  return bits.match(/.{4}/g)!.map((four) => parseInt(four, 2).toString(16).toUpperCase()).join('') + rest
}
