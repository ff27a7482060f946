import { CameraOutlined, DeleteOutlined, ExclamationCircleOutlined, FilePdfOutlined, InboxOutlined } from './icon'
import { Button, Progress } from 'antd'
import { useEffect, useId, useRef, useState, type DragEvent } from 'react'
import { asProblem, type Problem } from '../api/problem'
import { useWords } from '../words/words'
import { sayProblem } from './problem_alert'
import { check, media, type Fault, type Kind } from './upload_check'

interface Props<Out> {
  label: string
  kinds: readonly Kind[]
  maxBytes: number
  many?: boolean
  send: (file: File, progress: (part: number) => void, signal: AbortSignal) => Promise<Out>
  done: (out: Out) => void
  /** where nothing else lists what has arrived: it stays here, so many of them at most, and may be taken back */
  keep?: { most: number; back: (out: Out) => void }
}

interface Item<Out> {
  key: number
  file: File
  picture?: string // object URL of a thumbnail
  part: number
  fault?: Fault
  problem?: Problem
  out?: Out
  stop: AbortController
}

/** Upload takes files by drag, from the disk or from a phone's camera, and sends each as soon as it is chosen. */
export function Upload<Out>({ label, kinds, maxBytes, many, send, done, keep }: Props<Out>) {
  const words = useWords()
  const { t } = words
  const id = useId()
  const [items, setItems] = useState<Item<Out>[]>([])
  const [over, setOver] = useState(false)
  const camera = useRef<HTMLInputElement>(null)
  const next = useRef(0)
  const latest = useRef(items)
  useEffect(() => {
    latest.current = items
  }, [items])
  useEffect(() => () => latest.current.forEach(release), [])

  const change = (key: number, update: Partial<Item<Out>>) =>
    setItems((list) => list.map((item) => (item.key === key ? { ...item, ...update } : item)))
  const begin = async (file: File, room: boolean) => {
    const key = next.current++
    const stop = new AbortController()
    const picture = file.type.startsWith('image/') ? URL.createObjectURL(file) : undefined
    setItems((list) => [...list, { key, file, picture, part: 0, stop }])
    const fault = room ? await check(file, kinds, maxBytes) : 'many'
    if (fault) return change(key, { fault })
    try {
      const out = await send(file, (part) => change(key, { part }), stop.signal)
      done(out)
      if (keep) change(key, { part: 1, out })
      else remove({ key, file, picture, part: 1, stop }) // the page lists what has arrived
    } catch (thrown) {
      if (!stop.signal.aborted) change(key, { problem: asProblem(thrown) })
    }
  }
  const take = (files: FileList | null) => {
    const chosen = Array.from(files ?? []).slice(0, many ? undefined : 1)
    if (chosen.length === 0) return
    const held = items.filter((item) => !refused(item))
    items.filter(refused).forEach(release)
    setItems(held)
    chosen.forEach((file, index) => void begin(file, !keep || held.length + index < keep.most))
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  const remove = (item: Item<Out>) => {
    release(item)
    if (item.out !== undefined) keep?.back(item.out)
    setItems((list) => list.filter(({ key }) => key !== item.key))
  }
  const limits = { size: Math.floor(maxBytes / 1_048_576), kinds: kinds.join(', ').toUpperCase(), most: keep?.most ?? 1 }
  const say = ({ fault, problem }: Item<Out>) =>
    problem ? sayProblem(words, problem) : fault ? t(`upload.fault_${fault}`, limits) : undefined

  return (
    <div className="upload">
      <label
        htmlFor={id}
        className="upload-place"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <InboxOutlined aria-hidden />
        <strong>{label}</strong>
        <span className="faint">{t('upload.how', limits)}</span>
        <input
          id={id}
          type="file"
          className="hidden-visually"
          multiple={many}
          accept={kinds.map((kind) => media[kind]).join(',')}
          onChange={(event) => {
            take(event.target.files)
            event.target.value = '' // the same file may be chosen again
          }}
        />
      </label>
      <input
        ref={camera}
        type="file"
        style={{ display: 'none' }} // the design of forms shows what is only hidden
        accept="image/*"
        capture="environment"
        onChange={(event) => take(event.target.files)}
      />
      <Button className="upload-camera" icon={<CameraOutlined />} onClick={() => camera.current?.click()}>
        {t('upload.camera')}
      </Button>
      <ul className="upload-list">
        {items.map((item) => (
          <li key={item.key}>
            {item.picture && item.fault !== 'type' && item.fault !== 'empty' ? <img src={item.picture} alt="" /> : <FileIcon item={item} />}
            <div>
              <span>{item.file.name}</span>
              {say(item) ? (
                <span className="upload-fault" role="alert">
                  {say(item)}
                </span>
              ) : item.out !== undefined ? (
                <div className="faint">{t('upload.arrived')}</div>
              ) : (
                <Progress percent={Math.round(item.part * 100)} size="small" aria-label={item.file.name} />
              )}
            </div>
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t('upload.remove', { name: item.file.name })}
              onClick={() => remove(item)}
            />
          </li>
        ))}
      </ul>
    </div>
  )
}

function FileIcon({ item }: { item: Item<unknown> }) {
  return item.file.type === 'application/pdf' ? <FilePdfOutlined aria-hidden /> : <ExclamationCircleOutlined aria-hidden />
}

/** refused tells that a file was not taken: it makes room for the next choice. */
const refused = ({ fault, problem }: Item<unknown>) => fault !== undefined || problem !== undefined

function release({ picture, stop }: Item<unknown>): void {
  stop.abort()
  if (picture) URL.revokeObjectURL(picture)
}
