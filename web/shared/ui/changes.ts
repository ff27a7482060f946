/** Tree is a record of the API as it came. */
export type Tree = { [name: string]: unknown }

export interface Change {
  name: string
  kind: 'added' | 'removed' | 'changed' | 'same'
  from?: string
  to?: string
}

/** changes compares two records, field by field and into their depth ("owner.name"); what differs comes first. */
export function changes(before: Tree, after: Tree): Change[] {
  const old = flat(before)
  const now = flat(after)
  const all = [...new Set([...old.keys(), ...now.keys()])].map((name): Change => {
    const from = old.get(name)
    const to = now.get(name)
    const kind = from === undefined ? 'added' : to === undefined ? 'removed' : from === to ? 'same' : 'changed'
    return { name, kind, from, to }
  })
  return all.filter(({ kind }) => kind !== 'same').concat(all.filter(({ kind }) => kind === 'same'))
}

function flat(tree: Tree, prefix = '', into = new Map<string, string>()): Map<string, string> {
  for (const [name, value] of Object.entries(tree)) {
    if (value === null || value === undefined) continue
    if (Array.isArray(value)) into.set(prefix + name, value.map(plain).join(', '))
    else if (typeof value === 'object') flat(value as Tree, `${prefix}${name}.`, into)
    else into.set(prefix + name, String(value))
  }
  return into
}

function plain(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
