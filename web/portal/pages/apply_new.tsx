import { useQueryClient } from '@tanstack/react-query'
import { Button, Radio } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { useAct } from '../../shared/session/act'
import { meKey, useMe } from '../../shared/session/me'
import { Card, PageHeader } from '../../shared/ui/block'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { useWords } from '../../shared/words/words'

const kinds = ['enterprise', 'individual', 'micro'] as const

/** Kind is what sort of merchant applies. */
export type Kind = (typeof kinds)[number]

/** Component is where a person without a merchant begins. */
export function Component() {
  return (
    <>
      <PageHeader title="apply.title" about="apply.about" />
      <Begin />
    </>
  )
}

/** Begin starts an application; a merchant's person who starts one acts for the new merchant from then on. */
export function Begin() {
  const { t, word } = useWords()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { user } = useMe()
  const [kind, setKind] = useState<Kind>('enterprise')
  const begin = useAct((_: void, intent) => call('post', '/v1/applications', { body: { kind }, intent }), {
    refresh: ['/v1/applications'],
    done: async ({ id }) => {
      await client.invalidateQueries({ queryKey: meKey })
      void navigate(user.realm === 'agent' ? `/agent/applications/${id}` : '/apply')
    },
  })
  return (
    <Card title={t('apply.kind')}>
      {begin.error && <ProblemAlert problem={asProblem(begin.error)} />}
      <Radio.Group
        className="stack gap-bottom"
        aria-label={t('apply.kind')}
        value={kind}
        onChange={(event) => setKind(event.target.value as Kind)}
        options={kinds.map((value) => ({ value, label: `${word('merchant_kind', value)} · ${word('merchant_kind_about', value)}` }))}
      />
      <Button type="primary" loading={begin.isPending} onClick={() => begin.mutate()}>
        {t('apply.begin')}
      </Button>
    </Card>
  )
}
