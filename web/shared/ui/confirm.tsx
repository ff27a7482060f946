import { Form, Input, Modal } from 'antd'
import type { ReactNode } from 'react'
import { asProblem } from '../api/problem'
import type { useAct } from '../session/act'
import { useWords, type Key } from '../words/words'
import { ProblemAlert } from './problem_alert'

interface Props<Out> {
  open: boolean
  title: Key
  /** what the button does, as a verb */
  verb: Key
  danger?: boolean
  /** asks for a reason: one that must be given, or may be */
  reason?: 'required' | 'optional'
  act: ReturnType<typeof useAct<string, Out>>
  close: () => void
  children?: ReactNode
}

/** Confirm asks before an act, and for its reason where the trail wants one. The act is given the reason. */
export function Confirm<Out>({ open, title, verb, danger, reason, act, close, children }: Props<Out>) {
  const { t } = useWords()
  const [form] = Form.useForm<{ reason?: string }>()
  const end = () => {
    act.reset()
    form.resetFields()
    close()
  }
  return (
    <Modal
      open={open}
      title={t(title)}
      okText={t(verb)}
      okButtonProps={{ danger, loading: act.isPending }}
      onOk={() => form.submit()}
      onCancel={end}
      width={480}
      destroyOnHidden
    >
      {children}
      <Form form={form} layout="vertical" onFinish={(given) => act.mutate(given.reason?.trim() ?? '', { onSuccess: end })}>
        {reason && (
          <Form.Item
            name="reason"
            label={reason === 'required' ? t('confirm.reason') : t('confirm.reason_optional')}
            rules={[{ required: reason === 'required', whitespace: true }]}
          >
            <Input.TextArea rows={3} maxLength={500} showCount />
          </Form.Item>
        )}
      </Form>
      {act.error && <ProblemAlert problem={asProblem(act.error)} />}
    </Modal>
  )
}
