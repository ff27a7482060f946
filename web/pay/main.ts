// The payer's page: what a code of a shop leads to, whichever wallet scanned it. It has no framework: a phone on a slow
// network waits for this page with a queue behind it.
import { renderSVG } from 'uqr'
import './style.css'
import { fenOf, press, yuan, type Key } from './amount'
import { begin, forgetIntent, intentKey, type Link, type Payment, Refusal, seeLink, seePayment, seeVisit, type Wallet, walletOf } from './api'
import { askWallet, forBridge, type Said, takeVisit } from './bridge'
import { en, say, type Words, zh } from './words'

const link = location.pathname.replace(/^\/c\//, '').split('/')[0] ?? ''
const inside = walletOf(navigator.userAgent)
const session = storage()
let { visit, away } = takeVisit() // visit tells the server who is here, and is good for one payment
let timer: number | undefined // until the next look
const page = document.getElementById('page') as HTMLElement

/** Where the payment under way is remembered, so that a reload finds it again. */
const current = `yifen.pay.${link}`

/** What the page knows. Everything that is drawn follows from it. */
interface State {
  words: Words
  link?: Link
  wallet?: Wallet
  text: string // amount as typed
  payment?: Payment
  busy: boolean
  turn: number // counts what was begun; the answer to what was left counts for nothing
  since: number // when the wallet was asked, in milliseconds
  trouble: string // the word of a refusal
  offline: boolean
  followed: boolean // the wallet was opened once by itself
}

const state: State = {
  words: stored('yifen.pay.lang', /^zh/i.test(navigator.language) ? 'zh' : 'en') === 'zh' ? zh : en,
  wallet: inside, text: '', busy: false, turn: 0, since: 0, trouble: '', offline: false, followed: false,
}

/** What lasts as long as the page's tab, or as long as the page where the browser keeps nothing for it. */
function storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    sessionStorage.getItem('')
    return sessionStorage
  } catch {
    const kept = new Map<string, string>()
    return { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => void kept.set(k, v), removeItem: (k) => void kept.delete(k) }
  }
}

function stored(name: string, otherwise: string): string {
  try {
    return localStorage.getItem(name) ?? otherwise
  } catch {
    return otherwise // storage is switched off
  }
}

type Child = Node | string | false | undefined
type Props = Record<string, string | boolean | undefined | ((e: Event) => void)>

/** Makes an element. */
function el(tag: string, props: Props, ...children: Child[]): HTMLElement {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') node.addEventListener(name, value)
    else if (value === true) node.setAttribute(name, '')
    else if (typeof value === 'string') node.setAttribute(name, value)
  }
  node.append(...children.filter((c): c is Node | string => Boolean(c)))
  return node
}

const walletName = (w: string) => state.words[w as Wallet] ?? w
const reason = (code: string) => state.words.codes[code] ?? state.words.unknown
const fen = () => (state.link && state.link.amount_fen > 0 ? state.link.amount_fen : fenOf(state.text))

/** Changes the state and draws the page. */
function set(change: Partial<State>) {
  Object.assign(state, change)
  draw()
}

function draw() {
  const focused = document.activeElement?.getAttribute('data-key')
  document.documentElement.lang = state.words === zh ? 'zh-CN' : 'en'
  document.title = state.link ? `${shopName()} · ${state.words.title}` : state.words.title
  page.replaceChildren(...[head(), state.offline && note(state.words.offline, 'warn'), body(), foot()].filter((c) => c !== false))
  if (focused) page.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus()
}

const shopName = () => (state.words === en && state.link?.shop_en) || state.link?.shop || ''

function head(): HTMLElement {
  const language = el('button', {
    class: 'lang', type: 'button', 'data-key': 'lang', lang: state.words === zh ? 'en' : 'zh',
    click: () => {
      const words = state.words === zh ? en : zh
      try {
        localStorage.setItem('yifen.pay.lang', words === zh ? 'zh' : 'en')
      } catch {
        // it is not remembered
      }
      set({ words })
    },
  }, state.words.lang)
  if (!state.link) return el('header', {}, language)
  return el('header', {}, language,
    el('div', { class: 'avatar', 'aria-hidden': 'true' }, [...shopName()][0] ?? ''),
    el('h1', {}, el('small', {}, state.words.to), shopName()),
    state.link.place ? el('p', { class: 'place' }, state.link.place) : false)
}

function foot(): HTMLElement | false {
  if (!state.link) return false
  return el('footer', {}, say(state.words.operator, state.link.operator))
}

const note = (text: string, kind: string) => el('p', { class: `note ${kind}`, role: kind === 'warn' ? 'status' : 'alert' }, text)

function body(): HTMLElement {
  const { link: shop, payment, words } = state
  if (!shop) {
    if (state.trouble) return result('bad', words.gone, reason(state.trouble), again(load))
    return el('section', { class: 'busy', role: 'status' }, el('div', { class: 'spinner' }), words.loading)
  }
  if (payment) return paymentBody(payment)
  if (state.busy) return preparing(state.wallet ?? '', fen())
  if (shop.state === 'paid') return result('good', words.paid, reason('link_paid'))
  if (shop.state !== 'open') return result('bad', words.gone, reason(shop.state === 'off' ? 'link_off' : 'link_expired'))
  const ways = (shop.wallets as Wallet[]).filter((w) => !inside || w === inside)
  if (ways.length === 0) return result('bad', words.gone, inside && shop.wallets.length > 0 ? reason('wallet_not_configured') : words.none)
  return el('section', { class: 'ask' },
    shop.amount_fen > 0 ? fixedAmount(shop) : typedAmount(shop),
    state.trouble ? note(reason(state.trouble), 'bad') : false,
    !inside ? choice(ways) : false,
    shop.amount_fen > 0 ? false : keypad(shop),
    payButton(shop, ways))
}

function fixedAmount(shop: Link): HTMLElement {
  return el('div', { class: 'amount' }, el('span', { class: 'label' }, state.words.amount),
    el('output', {}, '¥ ' + yuan(shop.amount_fen)), shop.text ? el('p', { class: 'text' }, shop.text) : false)
}

function typedAmount(shop: Link): HTMLElement {
  const above = fenOf(state.text) > shop.max_fen
  return el('div', { class: 'amount' + (above ? ' above' : '') }, el('span', { class: 'label', id: 'amount-label' }, state.words.amount),
    el('output', { class: state.text ? '' : 'empty', 'aria-labelledby': 'amount-label', 'data-amount': state.text }, '¥ ' + (state.text || '0')),
    el('p', { class: 'text' }, say(state.words.limit, yuan(shop.max_fen))))
}

function choice(ways: Wallet[]): HTMLElement {
  return el('div', { class: 'ways', role: 'radiogroup', 'aria-label': state.words.choose }, ...ways.map((w) =>
    el('button', {
      type: 'button', role: 'radio', class: `way ${w}`, 'data-key': w, 'aria-checked': String(state.wallet === w), click: () => set({ wallet: w, trouble: '' }),
    }, el('span', { class: 'dot', 'aria-hidden': 'true' }), walletName(w))))
}

const keys: Key[] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0', 'back']

function keypad(shop: Link): HTMLElement {
  return el('div', { class: 'keypad' }, ...keys.map((k) =>
    el('button', { type: 'button', 'data-key': 'k' + k, 'aria-label': k === 'back' ? state.words.del : k, click: () => type(k, shop) }, k === 'back' ? '⌫' : k)))
}

function type(key: Key, shop: Link) {
  const text = press(state.text, key)
  if (fenOf(text) <= Math.max(shop.max_fen, fenOf(state.text))) set({ text, trouble: '' })
  else set({ trouble: 'static_code_limit' })
}

function payButton(shop: Link, ways: Wallet[]): HTMLElement {
  const wallet = state.wallet && ways.includes(state.wallet) ? state.wallet : ways.length === 1 ? ways[0] : undefined
  const ready = wallet !== undefined && fen() > 0 && fen() <= shop.max_fen
  const text = state.busy ? state.words.asking : wallet ? say(state.words.payBy, walletName(wallet)) : state.words.pay
  return el('button', {
    type: 'button', class: `main ${wallet ?? ''}`, 'data-key': 'pay', disabled: !ready || state.busy, click: () => wallet && void pay(wallet),
  }, text)
}

async function pay(wallet: Wallet) {
  if (state.busy) return
  const turn = state.turn + 1
  set({ busy: true, wallet, trouble: '', turn, since: state.since || Date.now() })
  try {
    const payment = await begin(link, wallet, fen(), intentKey(session, link, wallet, fen()), wallet === inside ? visit : '')
    visit = ''
    if (turn !== state.turn) return // the payer went another way
    session.setItem(current, payment.id)
    set({ busy: false, payment, offline: false })
    follow()
  } catch (e) {
    const code = e instanceof Refusal ? e.code : 'offline'
    if (turn !== state.turn) return
    if (code === 'offline') {
      set({ offline: true })
      setTimeout(() => {
        if (turn !== state.turn) return
        state.busy = false
        void pay(wallet) // the same number again is the same payment
      }, 2000)
      return
    }
    if (code === 'reference_used') forgetIntent(session, link, wallet, fen())
    if (code.startsWith('link_')) void load()
    if (code === 'visitor_unknown') {
      visit = ''
      if (await introduce().catch(() => false)) return
    }
    set({ busy: false, since: 0, trouble: code, offline: false })
  }
}

function paymentBody(p: Payment): HTMLElement {
  const { words } = state
  switch (p.state) {
    case 'captured':
      return result('good', words.paid, el('dl', {},
        el('dt', {}, words.amount), el('dd', { class: 'big' }, '¥ ' + yuan(p.amount_fen)),
        ...(p.paid_fen > 0 && p.paid_fen < p.amount_fen
          ? [el('dt', {}, walletName(p.wallet)), el('dd', {}, say(words.paidAmount, yuan(p.paid_fen)) + ' · ' + say(words.saved, yuan(p.amount_fen - p.paid_fen)))]
          : [el('dt', {}, words.by), el('dd', {}, walletName(p.wallet))]),
        el('dt', {}, words.shop), el('dd', {}, shopName()),
        ...(p.paid_at ? [el('dt', {}, words.at), el('dd', {}, new Date(p.paid_at).toLocaleString(document.documentElement.lang, { hour12: false, timeZone: 'Asia/Shanghai' }))] : [])),
      state.link?.amount_fen === 0 && again(fresh, words.other))
    case 'declined':
    case 'refused':
      return result('bad', words.failed, reason(p.result), again(fresh))
    case 'closed':
      return result('bad', words.closed, words.closedText, again(fresh))
    case 'voided':
    case 'refunded':
      return result('good', words.refunded, words.refundedText)
  }
  return inside ? leadOn(p) : drawn(p)
}

/** While the wallet is asked for its code: it may be silent for a while, and the payer is not kept. */
function preparing(wallet: string, fen: number): HTMLElement {
  const ways = (state.link?.wallets.length ?? 0) > 1 && !inside
  return el('section', { class: 'busy', role: 'status' }, el('output', { class: 'total' }, '¥ ' + yuan(fen)), el('div', { class: 'spinner' }),
    el('p', {}, inside ? state.words.leading : state.words.preparing),
    slow() && el('p', { class: 'text', 'data-slow': '' }, say(state.words.slow, walletName(wallet))),
    again(leave, ways ? state.words.back : state.words.again))
}

/** slow tells that the wallet keeps the payer waiting. */
const slow = () => state.since > 0 && Date.now() - state.since > 4000

/** Leaves what is being prepared, and asks anew how to pay. Coming back with the same wallet finds the same payment. */
function leave() {
  session.removeItem(current)
  set({ payment: undefined, busy: false, turn: state.turn + 1, since: 0, trouble: '', wallet: inside, followed: false, offline: false })
  void introduce().catch(() => false) // another amount is another payment
}

/** Inside a wallet: its own sheet opens by a link. */
function leadOn(p: Payment): HTMLElement {
  if (!p.content) return preparing(p.wallet, p.amount_fen)
  return el('section', { class: 'busy', role: 'status' }, el('output', { class: 'total' }, '¥ ' + yuan(p.amount_fen)),
    forBridge(p.content)
      ? el('button', { type: 'button', class: `main ${p.wallet}`, 'data-key': 'follow', click: () => askWallet(p.content, said) }, say(state.words.follow, walletName(p.wallet)))
      : el('a', { class: `main ${p.wallet}`, 'data-key': 'follow', href: p.content }, say(state.words.follow, walletName(p.wallet))),
    el('p', {}, state.words.waiting), el('p', { class: 'text' }, state.words.late))
}

/** What the wallet's own sheet came to. Whether it was paid, the server says. */
function said(what: Said) {
  if (what === 'ok' && state.payment) void look(state.payment, 1500)
}

/** In another browser: the wallet's code, to be scanned with a phone. */
function drawn(p: Payment): HTMLElement {
  if (!p.content) return preparing(p.wallet, p.amount_fen)
  const code = el('div', { class: 'code', role: 'img', 'aria-label': say(state.words.scan, walletName(p.wallet)), 'data-content': p.content })
  code.innerHTML = renderSVG(p.content, { ecc: 'M', border: 2, whiteColor: '#ffffff', blackColor: '#000000' })
  return el('section', { class: 'busy', role: 'status' }, el('output', { class: 'total' }, '¥ ' + yuan(p.amount_fen)), code,
    el('p', {}, say(state.words.scan, walletName(p.wallet))), el('p', { class: 'text', 'data-left': '' }, left(p)),
    state.link && state.link.wallets.length > 1 ? again(fresh, state.words.back) : false)
}

function left(p: Payment): string {
  const seconds = p.expires_at ? Math.max(0, Math.round((Date.parse(p.expires_at) - Date.now()) / 1000)) : 0
  return say(state.words.left, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`)
}

function result(kind: 'good' | 'bad', title: string, text: Node | string, ...more: Child[]): HTMLElement {
  return el('section', { class: `result ${kind}`, role: kind === 'bad' ? 'alert' : 'status' },
    el('div', { class: 'sign', 'aria-hidden': 'true' }, kind === 'good' ? '✓' : '!'), el('h2', {}, title),
    typeof text === 'string' ? el('p', {}, text) : text, ...more)
}

const again = (act: () => void, text = state.words.again) => el('button', { type: 'button', class: 'other', 'data-key': 'again', click: () => act() }, text)

/** unpaid tells that it may still be paid. */
const unpaid = ({ state: at }: Payment) => at === 'pending' || at === 'waiting'

/** Begins anew: another payment, or another wallet. */
function fresh() {
  session.removeItem(current)
  if (state.payment) forgetIntent(session, link, state.payment.wallet as Wallet, state.payment.amount_fen)
  away = false
  set({ payment: undefined, trouble: '', text: '', wallet: inside, followed: false, since: 0 })
  void load()
}

/** Has the wallet tell the server who visits, where it needs to: leaves the page and comes back to it. */
async function introduce(): Promise<boolean> {
  if (!inside || visit || away) return false
  const address = await seeVisit(link, inside)
  if (address) location.replace(address)
  return address !== ''
}

/** Opens the wallet once by itself, and asks what becomes of the payment until it is over. */
function follow(wait = 1500) {
  const payment = state.payment
  if (!payment || !unpaid(payment)) return
  if (inside && payment.content && !state.followed) {
    state.followed = true
    page.querySelector<HTMLElement>('[data-key="follow"]')?.click()
  }
  clearTimeout(timer)
  timer = window.setTimeout(() => void look(payment, wait), document.hidden ? 5000 : wait)
}

async function look(payment: Payment, wait: number) {
  if (state.payment?.id !== payment.id) return // another one began
  try {
    const now = await seePayment(link, payment.id)
    if (state.payment?.id !== payment.id) return
    const changed = JSON.stringify(now) !== JSON.stringify(state.payment) || state.offline
    state.payment = now
    if (changed) set({ offline: false })
    else tick(now)
  } catch {
    if (!state.offline) set({ offline: true })
  }
  follow(Math.min(wait * 1.1, 5000))
}

/** Counts down without drawing the page anew. */
function tick(p: Payment) {
  const place = page.querySelector('[data-left]')
  if (place) place.textContent = left(p)
}

async function load() {
  try {
    const found = await seeLink(link)
    const going = session.getItem(current)
    let payment = going && !state.payment ? await seePayment(link, going).catch(() => undefined) : state.payment
    if (going && payment && !state.payment && !unpaid(payment)) {
      // Who comes again after it is over comes for another payment.
      session.removeItem(current)
      forgetIntent(session, link, payment.wallet as Wallet, payment.amount_fen)
      payment = undefined
    }
    if (!payment && found.state === 'open' && await introduce()) return
    set({ link: found, payment, offline: false, trouble: '' })
    if (payment && going) follow()
  } catch (e) {
    const code = e instanceof Refusal ? e.code : 'offline'
    if (code !== 'offline') return set({ trouble: code, link: undefined, offline: false })
    set({ offline: true })
    setTimeout(() => void load(), 2000)
  }
}

addEventListener('keydown', (e) => {
  if (!state.link || state.link.amount_fen > 0 || state.payment || e.ctrlKey || e.metaKey || e.altKey) return
  if (/^[0-9.]$/.test(e.key)) type(e.key as Key, state.link)
  else if (e.key === 'Backspace') type('back', state.link)
  else if (e.key === 'Enter' && !(document.activeElement instanceof HTMLButtonElement)) page.querySelector<HTMLElement>('[data-key="pay"]')?.click()
})
setInterval(() => {
  if (state.payment) tick(state.payment)
  if (!page.querySelector('[data-slow]') && slow() && (state.busy || (state.payment && !state.payment.content && unpaid(state.payment)))) draw()
}, 1000)

draw()
void load()
