import { ShopOutlined } from '../ui/icon'
import { useQueryClient } from '@tanstack/react-query'
import { App, Select } from 'antd'
import { call } from '../api/client'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { meKey, useMe } from '../session/me'
import { sayProblem } from '../ui/problem_alert'
import { useWords } from '../words/words'

/** MerchantSwitch says for which merchant the session acts, and changes it where the person belongs to several. */
export function MerchantSwitch() {
  const words = useWords()
  const { message } = App.useApp()
  const client = useQueryClient()
  const me = useMe()
  const merchants = me.merchants ?? []
  const change = useAct((merchant: string, intent) => call('post', '/v1/me/merchant', { body: { merchant }, intent }), {
    done: (next) => {
      // Nothing of the one merchant may be seen while the person acts for the other.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] })
      client.setQueryData(meKey, next)
    },
  })
  const current = merchants.find(({ id }) => id === me.merchant)
  if (merchants.length < 2) {
    return current ? (
      <span className="merchant">
        <ShopOutlined aria-hidden /> {current.name || words.t('merchant.unnamed')}
      </span>
    ) : null
  }
  return (
    <Select
      className="merchant-select"
      variant="borderless"
      prefix={<ShopOutlined />}
      value={me.merchant || undefined}
      placeholder={words.t('merchant.choose')}
      aria-label={words.t('merchant.choose')}
      loading={change.isPending}
      popupMatchSelectWidth={false}
      options={merchants.map(({ id, name, number }) => ({ value: id, label: name || words.t('merchant.unnamed'), title: number }))}
      onChange={(id) =>
        change.mutate(id, { onError: (thrown) => void message.error(sayProblem(words, asProblem(thrown))) })
      }
    />
  )
}
