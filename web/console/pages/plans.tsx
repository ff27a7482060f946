import { Button, Form, Input, InputNumber, Switch } from 'antd'
import { useState } from 'react'
import { call } from '../../shared/api/client'
import { Fees, Limits, planName, type Plan } from '../../shared/product/plan'
import { useMay } from '../../shared/session/me'
import { Card, EmptyState, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { Chips, Tag } from '../../shared/ui/status'
import { useWords } from '../../shared/words/words'

/** Component lists what is on offer to merchants, with fees and limits. A change is another version; who agreed to the old one keeps it. */
export function Component() {
  const words = useWords()
  const { t, word } = words
  const may = useMay()
  const [editing, setEditing] = useState<Plan>()
  return (
    <>
      <PageHeader title="plans.title" about="plans.about" />
      <Loaded name={['/v1/service-plans']} load={(signal) => call('get', '/v1/service-plans', { signal })}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState title="plans.none" />
          ) : (
            <div className="columns">
              {data.map((plan) => (
                <Card
                  key={plan.id}
                  title={planName(words, plan)}
                  extra={<Tag tone={plan.offered ? 'good' : 'plain'}>{t(plan.offered ? 'plans.offered' : 'plans.withdrawn')}</Tag>}
                >
                  <p className="faint">
                    {word('service_kind', plan.kind)} · {t('plans.version', { version: plan.version })} · {plan.terms}
                  </p>
                  {plan.merchants.length > 0 && <Chips area="merchant_kind" values={plan.merchants} />}
                  <Fees fees={plan.fees} />
                  <Limits of={plan} />
                  {may('setting.manage') && (
                    <Button onClick={() => setEditing(plan)} aria-label={`${t('plans.edit')}: ${planName(words, plan)}`}>
                      {t('plans.edit')}
                    </Button>
                  )}
                </Card>
              ))}
            </div>
          )
        }
      </Loaded>
      {editing && <Edit plan={editing} close={() => setEditing(undefined)} />}
    </>
  )
}

interface Fields {
  name: string
  name_en: string
  terms: string
  offered: boolean
  single: number
  day_sum: number
  day_count: number
  fees: { rate: number; floor: number; cap: number }[]
}

const fen = (yuan: number) => Math.round(yuan * 100)

function Edit({ plan, close }: { plan: Plan; close: () => void }) {
  const { t, word } = useWords()
  const first: Fields = {
    name: plan.name,
    name_en: plan.name_en,
    terms: plan.terms,
    offered: plan.offered,
    single: plan.single_max_fen / 100,
    day_sum: plan.day_sum_max_fen / 100,
    day_count: plan.day_count_max,
    fees: plan.fees.map((fee) => ({ rate: fee.rate_ppm / 10_000, floor: fee.floor_fen / 100, cap: fee.cap_fen / 100 })),
  }
  return (
    <FormModal<Fields, Plan>
      title="plans.edit"
      verb="common.save"
      about="plans.edit_about"
      said="common.saved"
      width={640}
      first={first}
      refresh={['/v1/service-plans']}
      run={({ single, day_sum, day_count, fees, ...rest }, intent) =>
        call('put', '/v1/service-plans', {
          body: {
            ...plan,
            ...rest,
            single_max_fen: fen(single),
            day_sum_max_fen: fen(day_sum),
            day_count_max: day_count,
            fees: plan.fees.map((fee, index) => {
              const { rate, floor, cap } = fees[index]!
              return { ...fee, rate_ppm: Math.round(rate * 10_000), floor_fen: fen(floor), cap_fen: fen(cap) }
            }),
          },
          intent,
        })
      }
      close={close}
    >
      <Form.Item name="name" label={t('plans.name')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={60} autoFocus />
      </Form.Item>
      <Form.Item name="name_en" label={t('plans.name_en')}>
        <Input maxLength={60} />
      </Form.Item>
      {plan.fees.map((fee, index) => (
        <fieldset key={`${fee.instrument} ${fee.kind}`} className="fields">
          <legend className="fields-name">
            {word('instrument', fee.instrument)} · {word('fee_kind', fee.kind === '*' ? 'other' : fee.kind)}
          </legend>
          <Form.Item name={['fees', index, 'rate']} label={t('plans.rate')} rules={[{ required: true }]}>
            <InputNumber min={0} max={100} step={0.01} precision={4} />
          </Form.Item>
          <Form.Item name={['fees', index, 'floor']} label={t('plans.floor')} rules={[{ required: true }]}>
            <InputNumber min={0} precision={2} />
          </Form.Item>
          <Form.Item name={['fees', index, 'cap']} label={t('plans.cap')} rules={[{ required: true }]}>
            <InputNumber min={0} precision={2} />
          </Form.Item>
        </fieldset>
      ))}
      <fieldset className="fields">
        <legend className="fields-name">{t('services.limits')}</legend>
        <Form.Item name="single" label={t('plans.single')} rules={[{ required: true }]}>
          <InputNumber min={0} precision={2} />
        </Form.Item>
        <Form.Item name="day_sum" label={t('plans.day_sum')} rules={[{ required: true }]}>
          <InputNumber min={0} precision={2} />
        </Form.Item>
        <Form.Item name="day_count" label={t('plans.day_count')} rules={[{ required: true }]}>
          <InputNumber min={0} precision={0} />
        </Form.Item>
      </fieldset>
      <Form.Item name="terms" label={t('services.terms')} rules={[{ required: true, whitespace: true }]}>
        <Input maxLength={40} />
      </Form.Item>
      <Form.Item name="offered" label={t('plans.offered')} valuePropName="checked">
        <Switch />
      </Form.Item>
    </FormModal>
  )
}
