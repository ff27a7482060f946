import { Button, Form, Input, QRCode } from 'antd'
import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { call, type Row } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { DownloadOutlined, FilePdfOutlined, PlusOutlined } from '../../shared/ui/icon'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Named } from '../../shared/ui/named'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { StoreField } from '../store_field'

type Link = Row<'/v1/links'>

/** standOf is the sheet to print, in a language. */
const standOf = (id: string, lang: string) => `/v1/links/${id}/stand?${new URLSearchParams({ lang }).toString()}`

/** Print leads to the stand of a code in the language of the page. */
function Print({ of: { id, name } }: { of: Link }) {
  const { t, lang } = useWords()
  return (
    <Button size="small" icon={<FilePdfOutlined />} href={standOf(id, lang)} target="_blank" aria-label={`${t('codes.print')}: ${name}`}>
      {t('codes.print')}
    </Button>
  )
}

const columns: Column<Link>[] = [
  { title: 'codes.name', render: ({ name }) => name },
  { title: 'payments.store', render: ({ store }) => <Named id={store || undefined} /> },
  { title: 'codes.state', render: ({ state }) => <Status area="link_state" state={state} /> },
  { title: 'codes.made', render: ({ created_at }) => <Time at={created_at} /> },
  { title: 'codes.stand', render: (link) => <Print of={link} /> },
]

const refresh = ['/v1/links']

/** Component lists the codes that stand printed in the shop. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const [making, setMaking] = useState(false)
  const navigate = useNavigate()
  return (
    <>
      <PageHeader
        title="codes.title"
        about="codes.about"
        actions={
          may('merchant.edit') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
              {t('codes.make')}
            </Button>
          )
        }
      />
      <ListPage
        name="codes.title"
        address="/v1/links"
        id={({ id }) => id}
        columns={columns}
        detail={{
          title: ({ name }) => name,
          body: (link) => <LinkDetail link={link} />,
          load: (id, signal) => call('get', '/v1/links/{id}', { path: { id }, signal }),
        }}
        empty="codes.none"
        files
      />
      {making && <Make done={({ id }) => void navigate({ search: `?open=${id}` })} close={() => setMaking(false)} />}
    </>
  )
}

function LinkDetail({ link }: { link: Link }) {
  const { t, lang } = useWords()
  const may = useMay()
  const picture = useRef<HTMLDivElement>(null)
  const path = { id: link.id }
  const keep = () => {
    const canvas = picture.current?.querySelector('canvas')
    if (!canvas) return
    const anchor = document.createElement('a')
    anchor.href = canvas.toDataURL('image/png')
    anchor.download = `${link.name}.png`
    anchor.click()
  }
  const sheets = [
    ['zh', 'codes.stand_zh'],
    ['en', 'codes.stand_en'],
  ] as const
  return (
    <div className="detail">
      <Status area="link_state" state={link.state} />
      <div ref={picture} className="code-picture">
        <QRCode value={link.url} type="canvas" size={240} aria-label={t('codes.picture', { name: link.name })} role="img" color="#000" bgColor="#fff" />
      </div>
      <div className="actions">
        {(lang === 'zh' ? sheets : sheets.toReversed()).map(([of, title], index) => (
          <Button key={of} type={index === 0 ? 'primary' : 'default'} icon={<FilePdfOutlined />} href={standOf(link.id, of)} target="_blank">
            {t(title)}
          </Button>
        ))}
        <Button icon={<DownloadOutlined />} onClick={keep}>
          {t('codes.download')}
        </Button>
      </div>
      <Facts
        items={[
          ['codes.name', link.name],
          ['payments.store', <Named key="store" id={link.store || undefined} />],
          ['codes.content', <Code key="content">{link.url}</Code>],
          ['codes.made', <Time key="made" at={link.created_at} />],
          ['account.id', <Code key="id">{link.id}</Code>],
        ]}
      />
      {may('payment.take') && (
        <Acts
          refresh={refresh}
          deeds={[
            link.state === 'open' && {
              title: 'codes.off',
              about: 'codes.off_about',
              danger: true,
              run: (_, intent) => call('post', '/v1/links/{id}/off', { path, intent }),
            },
            link.state === 'off' && {
              title: 'codes.on',
              about: 'codes.on_about',
              primary: true,
              run: (_, intent) => call('post', '/v1/links/{id}/on', { path, intent }),
            },
          ]}
        />
      )}
    </div>
  )
}

function Make({ done, close }: { done: (made: Link) => void; close: () => void }) {
  const { t } = useWords()
  return (
    <FormModal<{ name: string; store?: string }, Link>
      title="codes.make"
      verb="codes.make"
      about="codes.make_about"
      said="codes.made_it"
      refresh={refresh}
      run={({ name, store }, intent) => call('post', '/v1/links', { body: { name: name.trim(), store }, intent })}
      done={done}
      close={close}
    >
      <Form.Item name="name" label={t('codes.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={30} placeholder={t('codes.name_hint')} autoFocus />
      </Form.Item>
      <StoreField none="codes.no_store" />
    </FormModal>
  )
}
