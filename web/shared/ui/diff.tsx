import type { ReactNode } from 'react'
import { useWords } from '../words/words'
import { changes, type Tree } from './changes'

/** DiffTable is a table of fields with their values before and after; its rows are given. */
export function DiffTable({ children }: { children: ReactNode }) {
  const { t } = useWords()
  return (
    <table className="diff">
      <caption className="hidden-visually">{t('diff.caption')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('diff.field')}</th>
          <th scope="col">{t('diff.before')}</th>
          <th scope="col">{t('diff.after')}</th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
}

/** Diff shows what a proposal changes: each value before and after, and in words whether it is new, gone or another. */
export function Diff({ before, after }: { before?: Tree | null; after?: Tree | null }) {
  const { word } = useWords()
  // The values of some fields are words of the API themselves.
  const say = (name: string, value: string) =>
    name === 'roles'
      ? value
          .split(', ')
          .map((role) => word('role', role))
          .join(', ')
      : name === 'state'
        ? word('state', value)
        : value
  return (
    <DiffTable>
      {changes(before ?? {}, after ?? {}).map(({ name, kind, from, to }) => (
        <tr key={name} className={`diff-${kind}`}>
          <th scope="row">
            {word('field', name)}
            {kind !== 'same' && <span className="diff-kind">{word('diff', kind)}</span>}
          </th>
          <td>{from === undefined ? '–' : kind === 'same' ? say(name, from) : <del>{say(name, from)}</del>}</td>
          <td>{to === undefined ? '–' : kind === 'same' ? say(name, to) : <ins>{say(name, to)}</ins>}</td>
        </tr>
      ))}
    </DiffTable>
  )
}
