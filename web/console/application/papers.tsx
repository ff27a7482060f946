import { FilePdfOutlined, RotateLeftOutlined, RotateRightOutlined, UndoOutlined, ZoomInOutlined, ZoomOutOutlined } from '../../shared/ui/icon'
import { Button } from 'antd'
import { useState, type KeyboardEvent, type ReactNode, type Ref } from 'react'
import type { Answer } from '../../shared/api/client'
import { useMay } from '../../shared/session/me'
import { Card } from '../../shared/ui/block'
import { useWords } from '../../shared/words/words'

type Document = Answer<'/v1/applications/{id}'>['documents'][number]

interface Props {
  at: Ref<HTMLDivElement>
  documents: Document[]
  chosen?: string
  choose: (id: string) => void
  remark: (field: string) => ReactNode
}

/** Papers shows one document at a time: every look is in the trail, so that none is loaded which nobody asked for. */
export function Papers({ at, documents, chosen, choose, remark }: Props) {
  const { t, word } = useWords()
  const may = useMay()
  const shown = documents.find(({ id }) => id === chosen)
  return (
    <div ref={at} className="papers">
      <Card title={t('review.documents')}>
        {documents.length === 0 && <p className="faint">{t('review.no_documents')}</p>}
        <div className="actions gap-bottom">
          {documents.map(({ id, kind }, index) => (
            <Button key={id} aria-pressed={id === chosen} type={id === chosen ? 'primary' : 'default'} onClick={() => choose(id)}>
              {`${index + 1} ${word('paper', kind)}`}
            </Button>
          ))}
        </div>
        {shown && !may('document.view') && <p className="faint">{t('problem.forbidden')}</p>}
        {shown && may('document.view') && <Paper key={shown.id} document={shown} />}
        {shown && remark(`document.${shown.kind}`)}
      </Card>
    </div>
  )
}

const zooms = [1, 1.5, 2, 3, 4, 6] as const

function Paper({ document }: { document: Document }) {
  const { t, word } = useWords()
  const [zoom, setZoom] = useState(0)
  const [turns, setTurns] = useState(0)
  const [failed, setFailed] = useState(false)
  const address = `/v1/documents/${document.id}/content`
  const name = word('paper', document.kind)
  if (document.width === 0) {
    return (
      <a className="button" href={address} download>
        <FilePdfOutlined aria-hidden /> {t('review.pdf', { name })}
      </a>
    )
  }
  const closer = () => setZoom((at) => Math.min(at + 1, zooms.length - 1))
  const farther = () => setZoom((at) => Math.max(at - 1, 0))
  const turn = (by: 1 | -1) => setTurns((at) => at + by)
  const reset = () => {
    setZoom(0)
    setTurns(0)
  }
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const deed = { '+': closer, '=': closer, '-': farther, r: () => turn(1), R: () => turn(-1), '0': reset }[event.key]
    if (!deed) return
    event.preventDefault()
    deed()
  }
  return (
    <>
      <div className="actions gap-bottom">
        <Button icon={<ZoomInOutlined />} aria-label={t('review.zoom_in')} title={t('review.zoom_in')} onClick={closer} />
        <Button icon={<ZoomOutOutlined />} aria-label={t('review.zoom_out')} title={t('review.zoom_out')} onClick={farther} />
        <Button icon={<RotateLeftOutlined />} aria-label={t('review.turn_left')} title={t('review.turn_left')} onClick={() => turn(-1)} />
        <Button icon={<RotateRightOutlined />} aria-label={t('review.turn_right')} title={t('review.turn_right')} onClick={() => turn(1)} />
        <Button icon={<UndoOutlined />} aria-label={t('review.reset')} title={t('review.reset')} onClick={reset} />
        <a href={address} target="_blank" rel="noreferrer">
          {t('review.alone')}
        </a>
      </div>
      {failed ? (
        <p role="alert">{t('review.unseen')}</p>
      ) : (
        <div className="paper" role="region" aria-label={name} tabIndex={0} onKeyDown={press}>
          <img
            src={address}
            alt={name}
            style={{ width: `${zooms[zoom]! * 100}%`, transform: `rotate(${turns * 90}deg)` }}
            onError={() => setFailed(true)}
          />
        </div>
      )}
      <p className="faint wide-only">{t('review.keys')}</p>
    </>
  )
}
