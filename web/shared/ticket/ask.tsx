import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call, type Answer } from '../api/client'
import { FormModal } from '../ui/form_modal'
import { CustomerServiceOutlined } from '../ui/icon'
import { useWords } from '../words/words'

type Thread = Answer<'/v1/tickets/{id}'>

export const categories = ['payment', 'refund', 'settlement', 'terminal', 'account', 'complaint', 'other'] as const

/** promised says by when a question is answered, in business hours or working days. */
export function promised(t: ReturnType<typeof useWords>['t'], hours: number, days: number): string {
  return days > 0 ? t('tickets.within_days', { days }) : t('tickets.within_hours', { hours })
}

interface Fields {
  category: (typeof categories)[number]
  title: string
  subject?: string
  text: string
}

interface About {
  category: (typeof categories)[number]
  id: string
  name: string
}

/** Report offers to ask about what is shown, and leads to the request. */
export function Report({ about }: { about: About }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button icon={<CustomerServiceOutlined />} onClick={() => setAsking(true)}>
        {t('tickets.report')}
      </Button>
      {asking && (
        <Ask
          about={about}
          close={() => setAsking(false)}
          show={(open) => void navigate({ pathname: '/tickets', search: new URLSearchParams({ open }).toString() })}
        />
      )}
    </>
  )
}

interface Props {
  /** what it is about, where that is known */
  about?: About
  close: () => void
  show: (ticket: string) => void
}

/** Ask asks the operator for help. */
export function Ask({ about, close, show }: Props) {
  const { t, word } = useWords()
  const promises = useQuery({ queryKey: ['/v1/ticket-promises'], queryFn: ({ signal }) => call('get', '/v1/ticket-promises', { signal }) })
  const [category, setCategory] = useState<string | undefined>(about?.category)
  const promise = promises.data?.data.find((one) => one.category === category)
  return (
    <FormModal<Fields, Thread>
      title="tickets.ask"
      verb="tickets.send"
      said="tickets.sent"
      refresh={['/v1/tickets']}
      first={about && { category: about.category }}
      run={({ subject = about?.id ?? '', ...rest }, intent) => call('post', '/v1/tickets', { body: { ...rest, subject: subject.trim() }, intent })}
      done={({ id }) => show(id)}
      close={close}
    >
      <Form.Item
        name="category"
        label={t('tickets.category')}
        extra={promise && promised(t, promise.hours, promise.days)}
        rules={[{ required: true }]}
      >
        <Select onChange={setCategory} options={categories.map((value) => ({ value, label: word('ticket_category', value) }))} />
      </Form.Item>
      <Form.Item name="title" label={t('tickets.subject')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={100} />
      </Form.Item>
      {about ? (
        <p>
          {t('tickets.about_id')}: {about.name}
        </p>
      ) : (
        <Form.Item name="subject" label={t('tickets.about_id')} extra={t('tickets.about_id_hint')}>
          <Input maxLength={64} />
        </Form.Item>
      )}
      <Form.Item name="text" label={t('tickets.text')} rules={[{ required: true, whitespace: true }]}>
        <Input.TextArea rows={5} maxLength={4000} showCount />
      </Form.Item>
      <p className="faint">{t('tickets.pictures_next')}</p>
    </FormModal>
  )
}
