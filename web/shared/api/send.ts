import { newIntent } from './client'
import { Problem } from './problem'

/** send uploads a file with XMLHttpRequest, because fetch does not tell how far it came. progress gets 0 to 1. */
export function send(address: string, file: Blob, progress: (part: number) => void, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.setRequestHeader('Idempotency-Key', newIntent())
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0)
    request.onerror = () => reject(new Problem(0, 'offline', '', ''))
    request.onabort = () => reject(new Problem(0, 'aborted', '', ''))
    request.onload = () => {
      const body = parse(request.responseText)
      if (request.status < 300) resolve(body)
      else reject(Problem.of(new Response(null, { status: request.status }), body))
    }
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
