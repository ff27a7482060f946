import { Alert, Button, Form, Input, Segmented } from 'antd'
import { useState } from 'react'
import { call, type Answer, type Row } from '../../shared/api/client'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { PlusOutlined } from '../../shared/ui/icon'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Named } from '../../shared/ui/named'
import { OnceModal } from '../../shared/ui/once_modal'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'
import { StoreField } from '../store_field'

type Speaker = Row<'/v1/speakers'>
type Secret = Answer<'/v1/speakers', 'post'>

const refresh = ['/v1/speakers']

const columns: Column<Speaker>[] = [
  { title: 'speakers.name', render: ({ name }) => name },
  { title: 'payments.store', render: ({ store }) => <Place store={store} /> },
  { title: 'speakers.lang', render: ({ lang }) => <Speaks lang={lang} /> },
  { title: 'speakers.state', render: ({ state }) => <Status area="speaker_state" state={state} /> },
  { title: 'speakers.seen', render: ({ seen_at }) => <Time at={seen_at} /> },
]

/** Place names the store whose payments a speaker says. */
function Place({ store }: { store: string }) {
  const { t } = useWords()
  return store ? <Named id={store} /> : <>{t('speakers.all_stores')}</>
}

/** Speaks names a speaker's language. */
function Speaks({ lang }: { lang: string }) {
  const { word } = useWords()
  return <>{word('speaker_lang', lang)}</>
}

/** Component lists the devices that say aloud what was paid. */
export function Component() {
  const { t } = useWords()
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<Secret>()
  return (
    <>
      <PageHeader
        title="speakers.title"
        about="speakers.about"
        actions={
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t('speakers.add')}
          </Button>
        }
      />
      <ListPage
        name="speakers.title"
        address="/v1/speakers"
        id={({ id }) => id}
        columns={columns}
        detail={{
          title: ({ name }) => name,
          body: (speaker, close) => (
            <Detail
              speaker={speaker}
              show={(given) => {
                close()
                setSecret(given)
              }}
            />
          ),
          load: (id, signal) => call('get', '/v1/speakers/{id}', { path: { id }, signal }),
        }}
        empty="speakers.none"
        files
      />
      {adding && <Add show={setSecret} close={() => setAdding(false)} />}
      {secret && <Connection secret={secret} close={() => setSecret(undefined)} />}
    </>
  )
}

function Detail({ speaker, show }: { speaker: Speaker; show: (secret: Secret) => void }) {
  const { t } = useWords()
  const [changing, setChanging] = useState(false)
  const path = { id: speaker.id }
  return (
    <div className="detail">
      <Status area="speaker_state" state={speaker.state} />
      <Facts
        items={[
          ['speakers.name', speaker.name],
          ['payments.store', <Place key="store" store={speaker.store} />],
          ['speakers.lang', <Speaks key="lang" lang={speaker.lang} />],
          ['speakers.seen', <Time key="seen" at={speaker.seen_at} />],
          ['speakers.user', <Code key="user">{speaker.id}</Code>],
          ['speakers.topic', <Code key="topic">{speaker.topic}</Code>],
          ['speakers.made', <Time key="made" at={speaker.created_at} />],
        ]}
      />
      <div className="actions detail-actions">
        <Button onClick={() => setChanging(true)}>{t('speakers.change')}</Button>
      </div>
      <Acts
        refresh={refresh}
        deeds={[
          {
            title: 'speakers.reset',
            about: 'speakers.reset_about',
            run: async (_, intent) => show(await call('post', '/v1/speakers/{id}/reset', { path, intent })),
          },
          speaker.state === 'on' && {
            title: 'speakers.off',
            about: 'speakers.off_about',
            danger: true,
            run: (_, intent) => call('post', '/v1/speakers/{id}/off', { path, intent }),
          },
          speaker.state === 'off' && {
            title: 'speakers.on',
            about: 'speakers.on_about',
            run: (_, intent) => call('post', '/v1/speakers/{id}/on', { path, intent }),
          },
        ]}
      />
      {changing && <Change speaker={speaker} close={() => setChanging(false)} />}
    </div>
  )
}

interface Fields {
  name: string
  store?: string
  lang: 'zh' | 'en'
}

function Asked() {
  const { t, word } = useWords()
  return (
    <>
      <Form.Item name="name" label={t('speakers.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={60} placeholder={t('speakers.name_hint')} autoFocus />
      </Form.Item>
      <StoreField none="speakers.all_stores" />
      <Form.Item name="lang" label={t('speakers.lang')}>
        <Segmented options={(['zh', 'en'] as const).map((lang) => ({ value: lang, label: word('speaker_lang', lang) }))} />
      </Form.Item>
    </>
  )
}

function Add({ show, close }: { show: (secret: Secret) => void; close: () => void }) {
  const { lang } = useWords()
  return (
    <FormModal<Fields, Secret>
      title="speakers.add"
      verb="speakers.add"
      said="speakers.added"
      first={{ name: '', lang }}
      refresh={refresh}
      run={({ name, store, lang }, intent) => call('post', '/v1/speakers', { body: { name: name.trim(), store, lang }, intent })}
      done={show}
      close={close}
    >
      <Asked />
    </FormModal>
  )
}

function Change({ speaker, close }: { speaker: Speaker; close: () => void }) {
  return (
    <FormModal<Fields, Speaker>
      title="speakers.change"
      verb="common.save"
      said="common.saved"
      first={{ name: speaker.name, store: speaker.store || undefined, lang: speaker.lang }}
      refresh={refresh}
      run={({ name, store, lang }, intent) => call('put', '/v1/speakers/{id}', { path: { id: speaker.id }, body: { name: name.trim(), store, lang }, intent })}
      close={close}
    >
      <Asked />
    </FormModal>
  )
}

/** Connection shows with what a speaker connects, its password this once. */
function Connection({ secret: { speaker, password, broker }, close }: { secret: Secret; close: () => void }) {
  const { t } = useWords()
  return (
    <OnceModal title="speakers.connection" about="speakers.once" secret={password} close={close}>
      {!broker && <Alert type="error" showIcon title={t('speakers.no_broker')} />}
      <Facts
        items={[
          ['speakers.broker', <Code key="broker">{broker || '–'}</Code>],
          ['speakers.user', <Code key="user">{speaker.id}</Code>],
          ['speakers.topic', <Code key="topic">{speaker.topic}</Code>],
        ]}
      />
    </OnceModal>
  )
}
