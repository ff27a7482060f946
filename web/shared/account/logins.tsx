import type { Row } from '../api/client'
import { ListPage, type Column } from '../ui/list_page'
import { Status } from '../ui/status'
import { Code, Time } from '../ui/value'
import { useWords } from '../words/words'

const columns: Column<Row<'/v1/me/logins'>>[] = [
  { title: 'logins.at', render: ({ created_at }) => <Time at={created_at} /> },
  { title: 'logins.outcome', render: ({ outcome }) => <Status area="login_outcome" state={outcome} /> },
  { title: 'logins.factor', render: ({ factor }) => <Factor kind={factor} /> },
  { title: 'logins.device', render: ({ device }) => device },
  { title: 'logins.ip', render: ({ ip }) => <Code>{ip}</Code> },
]

function Factor({ kind }: { kind?: string }) {
  const { word } = useWords()
  return kind ? word('factor', kind) : '–'
}

/** Logins is the person's own history: what is not theirs is seen at once. */
export function Logins() {
  return <ListPage name="account.logins" address="/v1/me/logins" id={({ id }) => id} columns={columns} empty="logins.none" />
}
