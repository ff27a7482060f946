import { App, Form, Modal } from 'antd'
import type { ReactNode } from 'react'
import { asProblem } from '../api/problem'
import { useAct } from '../session/act'
import { useWords, type Key } from '../words/words'
import { useMark } from './form'
import { ProblemAlert } from './problem_alert'

interface Props<Fields extends object, Out> {
  title: Key
  verb: Key
  about?: Key
  /** says that it is done */
  said?: Key
  first?: Partial<Fields>
  width?: number
  refresh: string[]
  run: (fields: Fields, intent: string) => Promise<Out>
  done?: (out: Out) => void
  close: () => void
  children: ReactNode
}

/** FormModal asks for some fields and sends them; what is wrong with one is shown at it. */
export function FormModal<Fields extends object, Out>(props: Props<Fields, Out>) {
  const { title, verb, about, said, first, width = 520, refresh, run, done, close, children } = props
  const { t } = useWords()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const mark = useMark(form)
  const act = useAct((fields: Fields, intent) => run(fields, intent), {
    refresh,
    done: (out) => {
      if (said) void message.success(t(said))
      close()
      done?.(out)
    },
  })
  return (
    <Modal
      open
      title={t(title)}
      okText={t(verb)}
      okButtonProps={{ loading: act.isPending }}
      onOk={() => form.submit()}
      onCancel={close}
      width={width}
    >
      {about && <p className="faint">{t(about)}</p>}
      {act.error && <ProblemAlert problem={asProblem(act.error)} />}
      <Form
        form={form}
        layout="vertical"
        initialValues={first}
        onFinish={(fields) => act.mutate(fields, { onError: mark })}
      >
        {children}
      </Form>
    </Modal>
  )
}
