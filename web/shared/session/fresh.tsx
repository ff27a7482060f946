import { Form, Input, Modal, Segmented } from 'antd'
import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react'
import { call } from '../api/client'
import { asProblem, Problem } from '../api/problem'
import { ProblemAlert } from '../ui/problem_alert'
import { useWords } from '../words/words'

type Ask = () => Promise<boolean>

const Context = createContext<Ask>(() => Promise.resolve(false))

/** useFresh returns a function that asks for a proof of identity; it resolves to whether one was given. */
export function useFresh(): Ask {
  return useContext(Context)
}

interface Proof {
  secret: string
}

/** FreshProvider holds the dialog for acts that want a fresh proof of identity. */
export function FreshProvider({ children }: { children: ReactNode }) {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  const [kind, setKind] = useState<'password' | 'totp'>('password')
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const [form] = Form.useForm<Proof>()
  const answer = useRef<(given: boolean) => void>(undefined)

  const ask = useCallback<Ask>(() => {
    setProblem(undefined)
    setOpen(true)
    return new Promise((resolve) => {
      answer.current = resolve
    })
  }, [])
  const close = (given: boolean) => {
    setOpen(false)
    form.resetFields()
    answer.current?.(given)
  }
  const prove = async ({ secret }: Proof) => {
    setBusy(true)
    try {
      await call('post', '/v1/auth/fresh', { body: kind === 'password' ? { password: secret } : { totp: secret } })
      close(true)
    } catch (thrown) {
      setProblem(asProblem(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Context value={ask}>
      {children}
      <Modal
        open={open}
        title={t('fresh.title')}
        okText={t('common.continue')}
        okButtonProps={{ loading: busy }}
        onOk={() => form.submit()}
        onCancel={() => close(false)}
        width={420}
        afterOpenChange={(shown) => shown && form.focusField('secret')}
        zIndex={1800} // above the dialog whose act asked
      >
        <p className="faint">{t('fresh.why')}</p>
        <ProblemAlert problem={problem} />
        <Segmented<'password' | 'totp'>
          block
          aria-label={t('fresh.kind')}
          value={kind}
          onChange={(next) => {
            setKind(next)
            form.resetFields()
          }}
          options={[
            { value: 'password', label: t('account.password') },
            { value: 'totp', label: t('factor.totp') },
          ]}
        />
        <Form form={form} layout="vertical" onFinish={(proof) => void prove(proof)} className="gap-top">
          {kind === 'password' ? (
            <Form.Item name="secret" label={t('account.password')} rules={[{ required: true }]}>
              <Input.Password autoComplete="current-password" autoFocus />
            </Form.Item>
          ) : (
            <Form.Item name="secret" label={t('factor.code')} rules={[{ required: true }]}>
              <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus />
            </Form.Item>
          )}
          <button type="submit" hidden />
        </Form>
      </Modal>
    </Context>
  )
}
