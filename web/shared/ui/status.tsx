import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  ExclamationCircleOutlined,
  MinusCircleOutlined,
} from './icon'
import { useWords } from '../words/words'

/** ToneName is what a color says; the icon and the word say it again for those who do not see the color. */
export type ToneName = 'good' | 'warn' | 'bad' | 'info' | 'plain'

const icons = {
  good: CheckCircleOutlined,
  warn: ExclamationCircleOutlined,
  bad: CloseCircleOutlined,
  info: ClockCircleOutlined,
  plain: MinusCircleOutlined,
} satisfies Record<ToneName, unknown>

// The tone of the states that nouns share, and of a noun's own where it differs.
const tones: Record<string, ToneName> = {
  active: 'good', logged_in: 'good', factor_missing: 'info', approved: 'good', captured: 'good', done: 'good', online: 'good', passed: 'good', succeeded: 'good',
  open: 'info', pending: 'info', waiting: 'info', submitted: 'info', invited: 'info', claimed: 'info', authorized: 'info',
  unknown: 'warn', returned: 'warn', suspended: 'warn', locked: 'warn', expiring: 'warn', tried_too_often: 'warn',
  declined: 'bad', refused: 'bad', rejected: 'bad', failed: 'bad', revoked: 'bad', wrong_password: 'bad', unknown_name: 'bad',
  wrong_factor: 'bad', account_off: 'bad', passkey_refused: 'bad',
  accepted: 'good', received: 'good', resolved: 'good', answered: 'good', good: 'good', stock: 'good',
  prepared: 'info', requested: 'info', placed: 'info', assigned: 'info', shipped: 'info', due: 'info',
  warning: 'warn', blocks: 'bad', lost: 'bad', retired: 'plain', cancelled: 'plain', scrapped: 'plain',
  'service_state.open': 'good', 'link_state.open': 'good', off: 'plain', ready: 'good', untested: 'warn',
  match: 'good', mismatch: 'bad', unavailable: 'warn', nobody: 'warn', applying: 'info', closing: 'warn',
  'grade.low': 'good', 'grade.medium': 'warn', 'grade.high': 'bad',
  on: 'good', failing: 'bad', delivered: 'good', given_up: 'bad',
  part_refunded: 'good', refunded: 'plain', manual: 'warn',
  closed: 'plain', withdrawn: 'plain', expired: 'plain', draft: 'plain', replaced: 'plain', offline: 'plain',
}

/** Tag is a short word with a tone. */
export function Tag({ tone, children }: { tone: ToneName; children: React.ReactNode }) {
  const Icon = icons[tone]
  return (
    <span className={`tag tag-${tone}`}>
      <Icon aria-hidden />
      <span>{children}</span>
    </span>
  )
}

/** Status shows a state of the API in color, icon and word. */
export function Status({ state, area = 'state' }: { state: string; area?: string }) {
  const { word } = useWords()
  return <Tag tone={tones[`${area}.${state}`] ?? tones[state] ?? 'plain'}>{word(area, state)}</Tag>
}

/** Chips lists words of one area, such as roles. */
export function Chips({ area, values }: { area: string; values: readonly string[] | null }) {
  const { word } = useWords()
  return (
    <span className="chips">
      {(values ?? []).map((value) => (
        <span key={value} className="chip">
          {word(area, value)}
        </span>
      ))}
    </span>
  )
}
