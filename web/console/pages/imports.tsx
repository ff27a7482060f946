import { DownloadOutlined } from '../../shared/ui/icon'
import { Alert, Button, Checkbox, Input, Progress } from 'antd'
import { useId, useRef, useState } from 'react'
import { Link } from 'react-router'
import { call, type Answer } from '../../shared/api/client'
import { asProblem, Problem } from '../../shared/api/problem'
import { send } from '../../shared/api/send'
import { FieldName } from '../../shared/application/form'
import { useAct } from '../../shared/session/act'
import { Card, PageHeader } from '../../shared/ui/block'
import { ProblemAlert, sayRemark } from '../../shared/ui/problem_alert'
import { Tag } from '../../shared/ui/status'
import { useWords, type Words } from '../../shared/words/words'

type Preview = Answer<'/v1/imports/preview', 'post'>
type Line = Preview['lines'][number]
type Done = Answer<'/v1/imports', 'post'>['lines'][number]
type Finding = Line['findings'][number]

const maxBytes = 5 << 20
const atOnce = 200 // lines in one request, as the API takes them
const shownMax = 200 // lines on the page; the others are counted

/** Component takes merchants over from a file: it is looked at first, line by line, and only good lines are taken. */
export function Component() {
  const words = useWords()
  const { t } = words
  const id = useId()
  const [file, setFile] = useState<string>()
  const [preview, setPreview] = useState<Preview>()
  const [problem, setProblem] = useState<Problem>()
  const [reading, setReading] = useState(false)
  const choose = async (chosen?: File) => {
    if (!chosen) return
    setFile(chosen.name)
    setPreview(undefined)
    setProblem(undefined)
    setReading(true)
    try {
      if (chosen.size > maxBytes) throw new Problem(413, 'payload_too_large', '', '')
      setPreview((await send('/v1/imports/preview', chosen, () => undefined, new AbortController().signal)) as Preview)
    } catch (thrown) {
      setProblem(asProblem(thrown))
    } finally {
      setReading(false)
    }
  }
  return (
    <>
      <PageHeader
        title="imports.title"
        about="imports.about"
        actions={
          <a className="button" href="/v1/imports/template" download>
            <DownloadOutlined aria-hidden /> {t('imports.template')}
          </a>
        }
      />
      <div className="stack-wide">
        <Card title={t('imports.file')}>
          <label className="upload-place" htmlFor={id}>
            <strong>{file ?? t('imports.choose')}</strong>
            <span className="faint">{t('imports.how')}</span>
            <input
              id={id}
              type="file"
              className="hidden-visually"
              accept=".csv,.xlsx,text/csv"
              onChange={(event) => {
                void choose(event.target.files?.[0])
                event.target.value = '' // the same file may be chosen again
              }}
            />
          </label>
          {reading && <p role="status">{t('imports.reading')}</p>}
          {problem && <ProblemAlert problem={problem} />}
        </Card>
        {preview && <Take key={file} preview={preview} />}
      </div>
    </>
  )
}

/** Take shows what the file says and what is wrong with it, and takes the good lines over. */
function Take({ preview }: { preview: Preview }) {
  const words = useWords()
  const { t } = words
  const fit = preview.lines.filter((line) => line.fit).map(({ line }) => line)
  const [agent, setAgent] = useState('')
  const [wrongOnly, setWrongOnly] = useState(fit.length < preview.lines.length)
  const [done, setDone] = useState<Map<number, Done>>(new Map())
  const [running, setRunning] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const stop = useRef(false)
  // Pressed again after an answer was lost, the same lines are the same act: they are not taken over twice.
  const take = useAct(
    (body: { lines: number[]; agent?: string }, intent) => call('post', '/v1/imports', { body: { file: preview.text, ...body }, intent }),
    { refresh: ['/v1/applications', '/v1/merchants', '/v1/dashboard'] },
  )
  const run = async () => {
    stop.current = false
    setRunning(true)
    setProblem(undefined)
    let left = fit.filter((line) => !done.has(line))
    try {
      while (left.length > 0 && !stop.current) {
        const { lines } = await take.mutateAsync({ lines: left.slice(0, atOnce), agent: agent.trim() || undefined })
        setDone((before) => new Map([...before, ...lines.map((line) => [line.line, line] as const)]))
        const answered = new Set(lines.map(({ line }) => line))
        left = left.filter((line) => !answered.has(line)) // an answer may end before the last line
      }
    } catch (thrown) {
      setProblem(asProblem(thrown))
    } finally {
      setRunning(false)
    }
  }
  const taken = [...done.values()].filter(({ code }) => !code).length
  const shown = preview.lines.filter((line) => !wrongOnly || line.findings.length > 0 || done.get(line.line)?.code)
  return (
    <Card title={t('imports.lines', { count: preview.lines.length })}>
      <Alert
        type={fit.length === preview.lines.length ? 'success' : 'warning'}
        showIcon
        title={t('imports.fit', { fit: fit.length, wrong: preview.lines.length - fit.length })}
      />
      <div className="actions gap-top">
        <label htmlFor="agent">{t('imports.agent')}</label>
        <Input id="agent" className="short" maxLength={64} value={agent} onChange={(event) => setAgent(event.target.value)} disabled={running} />
        {running ? (
          <Button onClick={() => (stop.current = true)}>{t('imports.stop')}</Button>
        ) : (
          <Button type="primary" disabled={fit.length === done.size || fit.length === 0} onClick={() => void run()}>
            {t('imports.run', { count: fit.length - done.size })}
          </Button>
        )}
        {done.size > 0 && (
          <Button icon={<DownloadOutlined />} onClick={() => save(resultOf(words, preview, done))}>
            {t('imports.result')}
          </Button>
        )}
      </div>
      {(running || done.size > 0) && (
        <>
          <Progress percent={Math.floor((done.size / Math.max(1, fit.length)) * 100)} aria-label={t('imports.progress')} />
          <p role="status">{t('imports.done', { taken, refused: done.size - taken })}</p>
        </>
      )}
      {problem && <ProblemAlert problem={problem} />}
      <p className="gap-top">
        <Checkbox checked={wrongOnly} onChange={(event) => setWrongOnly(event.target.checked)}>
          {t('imports.wrong_only')}
        </Checkbox>
      </p>
      <ul className="rows">
        {shown.slice(0, shownMax).map((line) => (
          <li key={line.line}>
            <div>
              <strong>{t('imports.line', { line: line.line })}</strong> {line.form.business?.name}{' '}
              <span className="figures faint">{line.form.subject?.code || line.form.person?.number}</span>
              <Findings findings={done.get(line.line)?.code ? done.get(line.line)!.findings : line.findings} />
              <Refused code={done.get(line.line)?.code} />
            </div>
            <Outcome line={line} done={done.get(line.line)} />
          </li>
        ))}
      </ul>
      {shown.length > shownMax && <p className="faint">{t('imports.more', { count: shown.length - shownMax })}</p>}
    </Card>
  )
}

function Refused({ code }: { code?: string }) {
  const { word } = useWords()
  return code ? <div className="upload-fault">{word('problem', code)}</div> : null
}

function Outcome({ line, done }: { line: Line; done?: Done }) {
  const { t } = useWords()
  if (done && !done.code) return <Link to={`/applications/${done.application}`}>{t('imports.taken')}</Link>
  if (done) return <Tag tone="bad">{t('imports.refused')}</Tag>
  return <Tag tone={line.fit ? 'good' : 'bad'}>{t(line.fit ? 'imports.good' : 'imports.bad')}</Tag>
}

function Findings({ findings }: { findings: Finding[] }) {
  const words = useWords()
  const { t } = words
  if (findings.length === 0) return null
  return findings.map((finding) => (
    <div key={`${finding.field} ${finding.code}`}>
      {finding.field === 'line' ? t('imports.whole') : <FieldName field={finding.field} />} <span className="faint">{sayRemark(words, finding)}</span>
    </div>
  ))
}

/** resultOf writes what became of each line, to be opened by a spreadsheet. */
function resultOf({ t, word, known }: Words, preview: Preview, done: Map<number, Done>): string {
  const cell = (text: string) => `"${(/^[=+\-@]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
  const head = [t('imports.column_line'), t('imports.column_name'), t('imports.column_result'), t('imports.column_application'), t('imports.column_reason')]
  const rows = preview.lines.map((line) => {
    const one = done.get(line.line)
    const reasons = (one?.code ? one.findings : line.findings).map(({ field, code, message }) => `${field}: ${known('remark', code ?? '') ?? message}`)
    const result = one ? (one.code ? t('imports.refused') : t('imports.taken')) : t(line.fit ? 'imports.not_yet' : 'imports.bad')
    return [String(line.line), line.form.business?.name ?? '', result, one?.application ?? '', [one?.code && word('problem', one.code), ...reasons].filter(Boolean).join('; ')]
  })
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')
}

/** save hands a text to the browser as a file. */
function save(text: string): void {
  const address = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'import-result.csv'
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
