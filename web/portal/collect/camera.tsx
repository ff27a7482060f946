import { useEffect, useRef, useState } from 'react'
import { useWords } from '../../shared/words/words'

interface Detector {
  detect: (picture: HTMLVideoElement) => Promise<{ rawValue: string }[]>
}
type DetectorClass = new (options: { formats: string[] }) => Detector

const everyMs = 150

/** detector is the browser's own reader of codes, where it has one. */
function detector(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
}

/** hasCamera tells that a code may be read by camera here: pages without HTTPS have none. */
export const hasCamera = (): boolean => detector() !== undefined && 'mediaDevices' in navigator

/** Camera shows what the camera sees and tells each code that is in it. */
export function Camera({ read }: { read: (text: string) => void }) {
  const { t } = useWords()
  const video = useRef<HTMLVideoElement>(null)
  const [blind, setBlind] = useState(false)
  const told = useRef(read)
  useEffect(() => {
    told.current = read
  }, [read])
  useEffect(() => {
    const Reader = detector()
    let stream: MediaStream | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let gone = false
    const look = async (reader: Detector) => {
      const codes = video.current && video.current.readyState >= 2 ? await reader.detect(video.current).catch(() => []) : []
      if (gone) return
      codes.forEach(({ rawValue }) => told.current(rawValue))
      timer = setTimeout(() => void look(reader), everyMs)
    }
    const begin = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
      if (gone || !video.current) return stream.getTracks().forEach((track) => track.stop())
      video.current.srcObject = stream
      await video.current.play()
      if (Reader) await look(new Reader({ formats: ['qr_code', 'code_128'] }))
    }
    begin().catch(() => !gone && setBlind(true))
    return () => {
      gone = true
      clearTimeout(timer)
      stream?.getTracks().forEach((track) => track.stop())
    }
  }, [])
  if (blind) return <p className="faint">{t('collect.no_camera')}</p>
  return <video ref={video} className="camera" muted playsInline aria-label={t('collect.camera')} />
}
