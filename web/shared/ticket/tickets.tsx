import { PictureOutlined, PlusOutlined } from '../ui/icon'
import { App, Button, Form, Input, Rate } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { call, type Answer, type Row } from '../api/client'
import { asProblem } from '../api/problem'
import { send } from '../api/send'
import { useAct } from '../session/act'
import { useMay, useMe } from '../session/me'
import { Acts } from '../ui/acts'
import { Facts, PageHeader } from '../ui/block'
import { ListPage, type Column } from '../ui/list_page'
import { Loaded } from '../ui/loaded'
import { Named } from '../ui/named'
import { ProblemAlert } from '../ui/problem_alert'
import { Status, Tag } from '../ui/status'
import { Upload } from '../ui/upload'
import { Ago, Code, Time } from '../ui/value'
import { useWords } from '../words/words'
import { Ask, categories, promised } from './ask'

type Ticket = Row<'/v1/tickets'>
type Thread = Answer<'/v1/tickets/{id}'>

const states = ['open', 'answered', 'resolved', 'closed'] as const
const picturesMax = 6 // of one message
const dueSoonMs = 4 * 3_600_000

const columns: Column<Ticket>[] = [
  { title: 'tickets.subject', render: ({ title }) => title },
  { title: 'tickets.category', render: ({ category }) => <Category name={category} /> },
  { title: 'tickets.state', render: (ticket) => <State ticket={ticket} /> },
  { title: 'tickets.due', render: ({ state, due_at }) => (state === 'open' ? <Ago at={due_at} /> : '–') },
  { title: 'tickets.changed', render: ({ changed_at }) => <Ago at={changed_at} /> },
]

function Category({ name }: { name: string }) {
  const { word } = useWords()
  return word('ticket_category', name)
}

function State({ ticket }: { ticket: Ticket | Thread }) {
  const { t } = useWords()
  const [now] = useState(() => Date.now())
  const soon = ticket.state === 'open' && !ticket.late && new Date(ticket.due_at).getTime() - now < dueSoonMs
  return (
    <span className="chips">
      <Status area="ticket_state" state={ticket.state} />
      {ticket.late && <Tag tone="bad">{t('tickets.late')}</Tag>}
      {soon && <Tag tone="warn">{t('tickets.due_soon')}</Tag>}
    </span>
  )
}

const aboutPages: Record<string, string> = { pay: '/payments', trm: '/terminals' }

/** About leads to what a request is about. */
function About({ id }: { id: string }) {
  const { t } = useWords()
  const page = aboutPages[id.split('_')[0] ?? '']
  if (!page) return <Code>{id || undefined}</Code>
  return (
    <>
      <Link to={{ pathname: page, search: new URLSearchParams({ open: id }).toString() }}>{t('tickets.see_about')}</Link> <Code>{id}</Code>
    </>
  )
}

/** Component lists requests for help: a merchant's own, or for staff all of them. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const navigate = useNavigate()
  const [opening, setOpening] = useState(false)
  const staff = useMe().user.realm === 'platform'
  return (
    <>
      <PageHeader
        title="tickets.title"
        about={staff ? 'tickets.about_staff' : 'tickets.about'}
        actions={
          !staff &&
          may('ticket.open') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpening(true)}>
              {t('tickets.ask')}
            </Button>
          )
        }
      />
      <ListPage
        name="tickets.title"
        address="/v1/tickets"
        id={({ id }) => id}
        columns={columns}
        filters={[
          { kind: 'choice', name: 'state', label: 'tickets.state', area: 'ticket_state', values: states },
          { kind: 'choice', name: 'category', label: 'tickets.category', area: 'ticket_category', values: categories },
          ...(staff ? [{ kind: 'text', name: 'merchant', label: 'common.merchant' } as const] : []),
        ]}
        detail={{
          title: ({ title }) => title,
          body: ({ id }) => (
            <Loaded name={['/v1/tickets', 'one', id]} load={(signal) => call('get', '/v1/tickets/{id}', { path: { id }, signal })}>
              {(thread) => <TicketDetail thread={thread} staff={staff} />}
            </Loaded>
          ),
          load: (id, signal) => call('get', '/v1/tickets/{id}', { path: { id }, signal }),
        }}
        empty="tickets.none"
        files
      />
      {opening && <Ask close={() => setOpening(false)} show={(open) => void navigate({ search: new URLSearchParams({ open }).toString() })} />}
    </>
  )
}

function TicketDetail({ thread, staff }: { thread: Thread; staff: boolean }) {
  const { t } = useWords()
  const may = useMay()
  const { user } = useMe()
  const [rating, setRating] = useState(5)
  const path = { id: thread.id }
  const over = thread.state === 'closed' || thread.state === 'resolved'
  return (
    <div className="detail">
      <State ticket={thread} />
      <Facts
        items={[
          ['tickets.category', <Category key="category" name={thread.category} />],
          ['tickets.about_id', <About key="about" id={thread.subject} />],
          ['tickets.assignee', thread.assignee ? <Named key="assignee" id={thread.assignee} /> : t('tickets.nobody')],
          ['tickets.opened', <Time key="opened" at={thread.created_at} />],
          ['tickets.due', <span key="due"><Time at={thread.due_at} /> <span className="faint">{promised(t, thread.due_hours, thread.due_days)}</span></span>],
          ...(staff ? [['common.merchant', <Named key="merchant" id={thread.merchant} whole />] as ['common.merchant', React.ReactNode]] : []),
          ...(thread.rating > 0 ? [['tickets.rating', t('tickets.stars', { count: thread.rating })] as ['tickets.rating', string]] : []),
        ]}
      />
      <ol className="thread" aria-label={t('tickets.thread')}>
        {thread.messages.map((message) => (
          <li key={message.number} className={message.staff === staff ? 'said said-mine' : 'said'}>
            <p className="faint">
              {message.name || t(message.staff ? 'tickets.staff' : 'tickets.you')} · <Time at={message.at} />
            </p>
            {message.text && <p className="said-text">{message.text}</p>}
            {message.pictures.map((picture, index) => (
              <Picture key={picture} ticket={thread.id} picture={picture} number={index + 1} />
            ))}
          </li>
        ))}
      </ol>
      {thread.state !== 'closed' && (!staff || may('ticket.answer')) && <Reply id={thread.id} again={over} />}
      <Acts
        refresh={['/v1/tickets']}
        deeds={[
          staff &&
            may('ticket.answer') &&
            !over &&
            thread.assignee !== user.id && {
              title: 'tickets.take',
              about: 'tickets.take_about',
              run: (_, intent) => call('post', '/v1/tickets/{id}/take', { path, intent }),
            },
          !staff &&
            !over && {
              title: 'tickets.resolve',
              about: 'tickets.resolve_about',
              fields: (
                <p>
                  <Rate value={rating} allowClear={false} onChange={setRating} aria-label={t('tickets.rating')} />
                </p>
              ),
              run: (_, intent) => call('post', '/v1/tickets/{id}/resolve', { path, body: { rating }, intent }),
            },
        ]}
      />
    </div>
  )
}

const maxBytes = 10 << 20

/** Picture shows a picture of a message once it is asked for: every look is in the trail. */
function Picture({ ticket, picture, number }: { ticket: string; picture: string; number: number }) {
  const { t } = useWords()
  const [shown, setShown] = useState(false)
  const name = t('tickets.picture', { number })
  return (
    <div className="gap-top">
      <Button size="small" icon={<PictureOutlined />} aria-expanded={shown} onClick={() => setShown(!shown)}>
        {name}
      </Button>
      {shown && <img className="picture gap-top" src={`/v1/tickets/${ticket}/pictures/${picture}`} alt={name} />}
    </div>
  )
}

/** addPicture sends a picture of a ticket and returns its id. */
const addPicture = async (ticket: string, file: File, progress: (part: number) => void, signal: AbortSignal) =>
  ((await send(`/v1/tickets/${ticket}/pictures`, file, progress, signal)) as { id: string }).id

function Reply({ id, again }: { id: string; again: boolean }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const [form] = Form.useForm<{ text?: string }>()
  const [pictures, setPictures] = useState<string[]>([])
  const [round, setRound] = useState(0) // a sent message leaves an empty list of files behind
  const write = useAct(
    (body: { text: string; pictures: string[] }, intent) => call('post', '/v1/tickets/{id}/messages', { path: { id }, body, intent }),
    {
      refresh: ['/v1/tickets'],
      done: () => {
        form.resetFields()
        setPictures([])
        setRound((before) => before + 1)
        void message.success(t('tickets.sent'))
      },
    },
  )
  return (
    <Form form={form} layout="vertical" onFinish={({ text = '' }) => write.mutate({ text, pictures })}>
      {write.error && <ProblemAlert problem={asProblem(write.error)} />}
      <Form.Item name="text" label={t(again ? 'tickets.reopen' : 'tickets.reply')} rules={[{ required: pictures.length === 0, whitespace: true }]}>
        <Input.TextArea rows={3} maxLength={4000} />
      </Form.Item>
      <Upload
        key={round}
        label={t('tickets.pictures')}
        kinds={['jpeg', 'png']}
        maxBytes={maxBytes}
        many
        send={(file, progress, signal) => addPicture(id, file, progress, signal)}
        done={(picture) => setPictures((list) => [...list, picture])}
        keep={{ most: picturesMax, back: (picture) => setPictures((list) => list.filter((one) => one !== picture)) }}
      />
      <Button type="primary" htmlType="submit" loading={write.isPending}>
        {t('tickets.send')}
      </Button>
    </Form>
  )
}
