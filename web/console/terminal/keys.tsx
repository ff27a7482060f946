import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Radio } from 'antd'
import { useState } from 'react'
import { call, type Answer } from '../../shared/api/client'
import { asProblem } from '../../shared/api/problem'
import { Acts } from '../../shared/ui/acts'
import { FormModal } from '../../shared/ui/form_modal'
import { ProblemAlert } from '../../shared/ui/problem_alert'
import { Status } from '../../shared/ui/status'
import { Code, Time } from '../../shared/ui/value'
import { useWords } from '../../shared/words/words'

type Ceremony = Answer<'/v1/terminals/{id}/key-ceremony'>
const address = '/v1/terminals/{id}/key-ceremony'
const refresh = [address, '/v1/terminals']

/** KeyCeremony lets two or three people bring the components of a terminal's master key, each their own. */
export function KeyCeremony({ terminal }: { terminal: string }) {
  const { t } = useWords()
  const [asking, setAsking] = useState<'begin' | 'enter'>()
  const { data, error } = useQuery({
    queryKey: [address, terminal],
    queryFn: async ({ signal }) => {
      try {
        return await call('get', address, { path: { id: terminal }, signal })
      } catch (thrown) {
        if (asProblem(thrown).code === 'key_ceremony_not_found') return null
        throw thrown
      }
    },
  })
  const open = data?.state === 'open'
  return (
    <section>
      <h3>{t('keys_in.title')}</h3>
      {error && <ProblemAlert problem={asProblem(error)} />}
      {data && <Course ceremony={data} />}
      {data === null && <p className="faint">{t('keys_in.never')}</p>}
      {data?.state === 'loaded' && <p>{t('keys_in.loaded', { check: data.check_value })}</p>}
      {open && data.mine && <p className="faint">{t('keys_in.mine')}</p>}
      <div className="actions">
        {data !== undefined && !open && <Button onClick={() => setAsking('begin')}>{t('keys_in.begin')}</Button>}
        {open && !data.mine && (
          <Button type="primary" onClick={() => setAsking('enter')}>
            {t('keys_in.enter')}
          </Button>
        )}
        {open && (
          <Acts
            refresh={refresh}
            deeds={[
              {
                title: 'keys_in.cancel',
                about: 'keys_in.cancel_about',
                danger: true,
                reason: 'required',
                run: (note, intent) => call('post', `${address}/cancel`, { path: { id: terminal }, body: { note }, intent }),
              },
            ]}
          />
        )}
      </div>
      {asking === 'begin' && <Begin terminal={terminal} close={() => setAsking(undefined)} />}
      {asking === 'enter' && <Enter terminal={terminal} close={() => setAsking(undefined)} />}
    </section>
  )
}

/** Course tells how far it is: who entered what, by check values only. */
function Course({ ceremony }: { ceremony: Ceremony }) {
  const { t } = useWords()
  return (
    <>
      <p className="chips">
        <Status area="ceremony_state" state={ceremony.state} />
        <span>{t('keys_in.progress', { entered: ceremony.components.length, parts: ceremony.parts, algorithm: ceremony.algorithm.toUpperCase() })}</span>
      </p>
      <ul className="rows">
        {ceremony.components.map((component, index) => (
          <li key={component.by}>
            <div>
              <strong>{t('keys_in.component', { number: index + 1 })}</strong> {component.by_name}
              <div className="faint">
                <Time at={component.at} />
              </div>
            </div>
            <Code>{component.check_value}</Code>
          </li>
        ))}
      </ul>
      {ceremony.state === 'open' && (
        <p className="faint">
          {t('keys_in.until')} <Time at={ceremony.until} />
        </p>
      )}
    </>
  )
}

function Begin({ terminal, close }: { terminal: string; close: () => void }) {
  const { t } = useWords()
  return (
    <FormModal<{ algorithm: '3des' | 'sm4'; parts: number }, Ceremony>
      title="keys_in.begin"
      verb="keys_in.begin"
      about="keys_in.begin_about"
      first={{ algorithm: '3des', parts: 2 }}
      refresh={refresh}
      run={(body, intent) => call('post', address, { path: { id: terminal }, body, intent })}
      close={close}
    >
      <Form.Item name="algorithm" label={t('keys_in.algorithm')}>
        <Radio.Group
          options={[
            { value: '3des', label: t('keys_in.3des') },
            { value: 'sm4', label: t('keys_in.sm4') },
          ]}
        />
      </Form.Item>
      <Form.Item name="parts" label={t('keys_in.parts')}>
        <Radio.Group options={[2, 3].map((value) => ({ value, label: t('keys_in.people', { count: value }) }))} />
      </Form.Item>
    </FormModal>
  )
}

/** Enter asks for a component. The browser is told not to remember it, and nothing shows it again. */
function Enter({ terminal, close }: { terminal: string; close: () => void }) {
  const { t } = useWords()
  const hex = (least: number, most: number) => ({
    validator: (_: unknown, typed = '') =>
      new RegExp(`^[0-9A-Fa-f]{${least},${most}}$`).test(typed.replaceAll(' ', '')) ? Promise.resolve() : Promise.reject(new Error(t('keys_in.hex'))),
  })
  return (
    <FormModal<{ component: string; check_value: string }, Ceremony>
      title="keys_in.enter"
      verb="keys_in.enter"
      about="keys_in.enter_about"
      said="keys_in.entered"
      refresh={refresh}
      run={({ component, check_value }, intent) =>
        call('post', `${address}/components`, {
          path: { id: terminal },
          body: { component: component.trim(), check_value: check_value.replaceAll(' ', '') },
          intent,
        })
      }
      close={close}
    >
      <Form.Item name="component" label={t('keys_in.value')} extra={t('keys_in.value_about')} rules={[hex(32, 48)]}>
        <Input.Password maxLength={59} autoComplete="off" autoFocus spellCheck={false} />
      </Form.Item>
      <Form.Item name="check_value" label={t('keys_in.check')} extra={t('keys_in.check_about')} rules={[hex(6, 16)]}>
        <Input maxLength={16} autoComplete="off" spellCheck={false} />
      </Form.Item>
    </FormModal>
  )
}
