import { useQuery } from '@tanstack/react-query'
import { Form, Select } from 'antd'
import { call } from '../shared/api/client'
import { useWords, type Key } from '../shared/words/words'

/** StoreField asks for one of the merchant's open stores; none says what it means to choose none. */
export function StoreField({ none }: { none: Key }) {
  const { t, lang } = useWords()
  const stores = useQuery({
    queryKey: ['/v1/stores', 'open'],
    queryFn: async ({ signal }) => (await call('get', '/v1/stores', { query: { limit: 100 }, signal })).data ?? [],
  })
  return (
    <Form.Item name="store" label={t('payments.store')}>
      <Select
        allowClear
        loading={stores.isLoading}
        placeholder={t(none)}
        options={(stores.data ?? []).filter(({ closed }) => !closed).map(({ id, name, name_en }) => ({ value: id, label: (lang === 'en' && name_en) || name }))}
      />
    </Form.Item>
  )
}
