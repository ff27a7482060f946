/** Kind is a type of file that may be uploaded. */
export type Kind = 'jpeg' | 'png' | 'pdf'

/** Fault is why a file is not taken. */
export type Fault = 'type' | 'size' | 'empty' | 'many'

/** media lists the types for a file picker. */
export const media: Record<Kind, string> = { jpeg: 'image/jpeg', png: 'image/png', pdf: 'application/pdf' }

const heads: Record<Kind, number[]> = {
  jpeg: [0xff, 0xd8, 0xff],
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d],
}

/** kindOf tells what a file is by its first bytes; its name says nothing. */
export function kindOf(head: Uint8Array): Kind | undefined {
  return (Object.keys(heads) as Kind[]).find((kind) => heads[kind].every((byte, index) => head[index] === byte))
}

/** check refuses what the API would refuse, before it is sent. */
export async function check(file: Blob, kinds: readonly Kind[], maxBytes: number): Promise<Fault | undefined> {
  if (file.size === 0) return 'empty'
  if (file.size > maxBytes) return 'size'
  const kind = kindOf(new Uint8Array(await file.slice(0, 8).arrayBuffer()))
  return kind && kinds.includes(kind) ? undefined : 'type'
}
