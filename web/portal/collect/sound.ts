import type { Lang, Words } from '../../shared/words/words'

// What the till says aloud: which wallet, and how much. Where the device has no voice for the language, it rings.

const remembered = 'yifen.sound'

/** soundOn is what this browser was told last; a till speaks until it is told not to. */
export function soundOn(): boolean {
  return localStorage.getItem(remembered) !== 'off'
}

export function rememberSound(on: boolean): void {
  localStorage.setItem(remembered, on ? 'on' : 'off')
}

/** soundText is the sentence: WeChat Pay, 12.34 yuan received. The amount is read as a number, without separators. */
export function soundText({ t, word }: Pick<Words, 't' | 'word'>, wallet: string, fen: number): string {
  const amount = `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
  return t('collect.said', { wallet: word('spoken', wallet), amount })
}

/** ready lets the browser load its voices, which it does when it is first asked for them. */
export function ready(): void {
  if ('speechSynthesis' in window) speechSynthesis.getVoices()
}

/** say speaks a text, or rings. An event on the window tells others what was said. */
export function say(text: string, lang: Lang): void {
  dispatchEvent(new CustomEvent('yifen:sound', { detail: { text, lang } }))
  const voice = 'speechSynthesis' in window ? speechSynthesis.getVoices().find((one) => one.lang.toLowerCase().startsWith(lang)) : undefined
  if (!voice) return ring()
  const spoken = new SpeechSynthesisUtterance(text)
  spoken.voice = voice
  spoken.lang = voice.lang
  speechSynthesis.cancel() // the last customer's, where it is still being said
  speechSynthesis.speak(spoken)
}

/** sayOnce says what belongs to a payment, and not again after a reload. */
export function sayOnce(payment: string, text: string, lang: Lang): void {
  const name = 'yifen.said'
  if (sessionStorage.getItem(name) === payment) return
  sessionStorage.setItem(name, payment)
  say(text, lang)
}

/** ring plays two short tones, rising. */
function ring(): void {
  if (!('AudioContext' in window)) return
  const audio = new AudioContext()
  const volume = audio.createGain()
  volume.gain.value = 0.15
  volume.connect(audio.destination)
  ;[784, 1047].forEach((hertz, index) => {
    const tone = audio.createOscillator()
    tone.frequency.value = hertz
    tone.connect(volume)
    tone.start(audio.currentTime + index * 0.16)
    tone.stop(audio.currentTime + index * 0.16 + 0.14)
    if (index === 1) tone.onended = () => void audio.close()
  })
}
