import { PlusOutlined } from '../../shared/ui/icon'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import { AreaName, AreaPicker } from '../../shared/area/area_picker'
import { useMay } from '../../shared/session/me'
import { Acts } from '../../shared/ui/acts'
import { Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { ListPage, type Column } from '../../shared/ui/list_page'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Store = Row<'/v1/stores'>
type Fields = Pick<Store, 'name' | 'name_en' | 'area' | 'address' | 'phone'>

const columns: Column<Store>[] = [
  { title: 'stores.name', render: (store) => <Name store={store} /> },
  { title: 'stores.area', render: ({ area }) => <AreaName code={area} /> },
  { title: 'stores.address', render: ({ address }) => address },
  { title: 'stores.phone', render: ({ phone }) => phone || '–' },
  { title: 'stores.state', render: ({ closed }) => <Status area="store_state" state={closed ? 'closed' : 'active'} /> },
]

function Name({ store }: { store: Store }) {
  const { lang } = useWords()
  return lang === 'en' ? store.name_en || store.name : store.name
}

/** Component lists the places where the merchant sells. */
export function Component() {
  const { t } = useWords()
  const may = useMay()
  const [opening, setOpening] = useState(false)
  return (
    <>
      <PageHeader
        title="stores.title"
        about="stores.about"
        actions={
          may('merchant.edit') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpening(true)}>
              {t('stores.open')}
            </Button>
          )
        }
      />
      <ListPage
        name="stores.title"
        address="/v1/stores"
        id={({ id }) => id}
        columns={columns}
        detail={{ title: (store) => <Name store={store} />, body: (store) => <StoreDetail store={store} /> }}
        empty="stores.none"
        files
      />
      {opening && <StoreForm close={() => setOpening(false)} />}
    </>
  )
}

function StoreDetail({ store }: { store: Store }) {
  const { t } = useWords()
  const may = useMay()
  const [changing, setChanging] = useState(false)
  return (
    <div className="detail">
      <Status area="store_state" state={store.closed ? 'closed' : 'active'} />
      <Facts
        items={[
          ['stores.name', store.name],
          ['stores.name_en', store.name_en || '–'],
          ['stores.area', <AreaName key="area" code={store.area} />],
          ['stores.address', store.address],
          ['stores.phone', store.phone || '–'],
          ['stores.since', <Time key="since" at={store.created_at} />],
          ['account.id', <Code key="id">{store.id}</Code>],
        ]}
      />
      {may('merchant.edit') && !store.closed && (
        <>
          <Button onClick={() => setChanging(true)}>{t('stores.change')}</Button>
          <Acts
            refresh={['/v1/stores']}
            deeds={[
              {
                title: 'stores.close',
                about: 'stores.close_about',
                danger: true,
                run: (_, intent) => call('post', '/v1/stores/{id}/close', { path: { id: store.id }, intent }),
              },
            ]}
          />
        </>
      )}
      {changing && <StoreForm store={store} close={() => setChanging(false)} />}
    </div>
  )
}

function StoreForm({ store, close }: { store?: Store; close: () => void }) {
  const { t } = useWords()
  return (
    <FormModal<Fields, Store>
      title={store ? 'stores.change' : 'stores.open'}
      verb={store ? 'common.save' : 'stores.open'}
      said="common.saved"
      first={store}
      refresh={['/v1/stores']}
      run={({ name, name_en = '', area, address, phone = '' }, intent) => {
        const body = { name, name_en, area, address, phone }
        return store
          ? call('put', '/v1/stores/{id}', { path: { id: store.id }, body, intent })
          : call('post', '/v1/stores', { body, intent })
      }}
      close={close}
    >
      <Form.Item name="name" label={t('stores.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={100} autoFocus />
      </Form.Item>
      <Form.Item name="name_en" label={t('stores.name_en')}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="area" label={t('stores.area')} rules={[{ required: true }]}>
        <AreaPicker />
      </Form.Item>
      <Form.Item name="address" label={t('stores.address')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={100} autoComplete="street-address" />
      </Form.Item>
      <Form.Item name="phone" label={t('stores.phone')}>
        <Input type="tel" maxLength={20} />
      </Form.Item>
    </FormModal>
  )
}
