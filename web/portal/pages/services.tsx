import { Button, Checkbox, Form } from 'antd'
import { useState } from 'react'
import { call, type Row } from '../../shared/api/client'
import { Fees, kinds, Limits, planName, type Plan } from '../../shared/product/plan'
import { useMay } from '../../shared/session/me'
import { Card, Facts, PageHeader } from '../../shared/ui/block'
import { FormModal } from '../../shared/ui/form_modal'
import { Loaded } from '../../shared/ui/loaded'
import { Chips, Status } from '../../shared/ui/status'
import { Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Service = Row<'/v1/services'>

/** Component shows each payment service: where it stands, what it costs, and what is on offer. */
export function Component() {
  return (
    <>
      <PageHeader title="services.title" about="services.about" />
      <Loaded
        name={['/v1/services', 'mine']}
        load={async (signal) => ({
          services: (await call('get', '/v1/services', { query: { limit: 100 }, signal })).data,
          plans: (await call('get', '/v1/service-plans', { signal })).data,
        })}
      >
        {({ services, plans }) => (
          <div className="columns">
            {kinds.map((kind) => (
              <ServiceCard
                key={kind}
                kind={kind}
                service={services.find((service) => service.kind === kind)}
                plans={plans.filter((plan) => plan.kind === kind)}
              />
            ))}
          </div>
        )}
      </Loaded>
    </>
  )
}

function ServiceCard({ kind, service, plans }: { kind: string; service?: Service; plans: Plan[] }) {
  const words = useWords()
  const { t, word } = words
  const may = useMay()
  const [asking, setAsking] = useState<Plan>()
  const over = !service || service.state === 'closed' || service.state === 'rejected'
  return (
    <Card
      title={word('service_kind', kind)}
      extra={service ? <Status area="service_state" state={service.state} /> : <span className="faint">{t('services.unasked')}</span>}
    >
      {service && (
        <Facts
          items={[
            ['services.plan', plans.find(({ id }) => id === service.plan)?.name ? planName(words, plans.find(({ id }) => id === service.plan)!) : service.plan],
            ['services.fees', <Fees key="fees" fees={service.fees} />],
            ['services.limits', <Limits key="limits" of={service} />],
            ['services.terms', service.terms],
            ['services.agreed_at', <Time key="agreed" at={service.agreed_at} />],
            ...(service.sub_merchant ? [['services.sub_merchant', service.sub_merchant] as ['services.sub_merchant', string]] : []),
            ...(service.reason ? [['services.reason', service.reason] as ['services.reason', string]] : []),
          ]}
        />
      )}
      {over && plans.length === 0 && <p className="faint">{t('services.no_plan')}</p>}
      {over &&
        plans.map((plan) => (
          <section key={plan.id} className="plan" aria-label={planName(words, plan)}>
            <h3>{planName(words, plan)}</h3>
            {plan.merchants.length > 0 && <Chips area="merchant_kind" values={plan.merchants} />}
            <Fees fees={plan.fees} />
            <Limits of={plan} />
            {may('service.request') && (
              <Button type="primary" onClick={() => setAsking(plan)} aria-label={`${t('services.ask')}: ${planName(words, plan)}`}>
                {t('services.ask')}
              </Button>
            )}
          </section>
        ))}
      {asking && <Ask plan={asking} close={() => setAsking(undefined)} />}
    </Card>
  )
}

/** Ask shows fees, limits and terms, and asks for the service once they are agreed to. */
function Ask({ plan, close }: { plan: Plan; close: () => void }) {
  const words = useWords()
  const { t } = words
  return (
    <FormModal
      title="services.ask"
      verb="services.ask"
      said="services.asked"
      refresh={['/v1/services']}
      run={(_: { agreed: boolean }, intent) => call('post', '/v1/services', { body: { plan: plan.id, version: plan.version }, intent })}
      close={close}
    >
      <Facts
        items={[
          ['services.plan', planName(words, plan)],
          ['services.fees', <Fees key="fees" fees={plan.fees} />],
          ['services.limits', <Limits key="limits" of={plan} />],
          ['services.terms', plan.terms],
        ]}
      />
      <Form.Item
        className="gap-top"
        name="agreed"
        valuePropName="checked"
        rules={[{ validator: (_, agreed) => (agreed ? Promise.resolve() : Promise.reject(new Error(t('services.agree_first')))) }]}
      >
        <Checkbox>{t('services.agree', { terms: plan.terms })}</Checkbox>
      </Form.Item>
    </FormModal>
  )
}
