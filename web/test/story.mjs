// Plays the whole story of a shop in Chromium, against a demo: a shop owner registers, applies, corrects what a reviewer
// returns, opens four payment services, orders a terminal, activates it and sells, and invites a cashier. The owner of a
// company has a telephone that speaks Chinese, the staff and the cashier have desks that speak English. --mirror plays it
// the other way round, with a micro merchant. Ends with 1 where the story breaks off.
//
//   node test/story.mjs --base http://127.0.0.1:8080 --bench http://127.0.0.1:8090 [--mirror] [--shots DIR]
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { runnerImport } from 'vite'

const { values: options } = parseArgs({
  options: { base: { type: 'string' }, bench: { type: 'string' }, mirror: { type: 'boolean' }, shots: { type: 'string' } },
})
if (!options.base || !options.bench) throw new Error('--base and --bench are missing: the addresses of a demo')
if (options.shots) mkdirSync(options.shots, { recursive: true })

const patience = 60_000 // milliseconds for one thing to happen
const password = 'a shop of my own'
const company = '深圳市五福餐饮有限公司'
const identity = { name: '王五', number: '11010519491231002X', phone: '13912345678' }

// How the two sides of the story are equipped, and who the owner is.
const chinesePhone = { lang: 'zh', small: true }
const englishDesk = { lang: 'en', small: false }
const cast = options.mirror ? { owner: englishDesk, staff: chinesePhone } : { owner: chinesePhone, staff: englishDesk }
const shop = options.mirror
  ? { kind: 'micro', login: 'wang.wu@wufu.example', name: '五福小吃', checks: 2 }
  : { kind: 'enterprise', login: identity.phone, name: '五福面馆', checks: 3 }

// What the pages say comes from their dictionaries; what people type and are told in messages is of this story.
const dictionaries = Object.fromEntries(
  await Promise.all(
    ['zh', 'en'].map(async (lang) => {
      const { module } = await runnerImport(path.join(import.meta.dirname, `../shared/words/${lang}/index.ts`), { configFile: false, logLevel: 'error' })
      return [lang, module[lang]]
    }),
  ),
)
const typed = {
  zh: { remark: '请与招牌一致', dark: '照片太暗', carrier: '顺丰', cashier: '小李', category: '餐馆', area: '深圳市 南山' },
  en: { remark: 'As on the sign, please', dark: 'Too dark', carrier: 'SF Express', cashier: 'Xiao Li', category: 'Restaurants', area: '440305' },
}
const told = {
  zh: { returned: '的申请已退回', approved: '的申请已通过', card: '银行卡收款已开通', wechat: '微信支付已开通', alipay: '支付宝已开通', unionpay: '云闪付二维码已开通' },
  en: {
    returned: 'was returned', approved: 'is approved',
    card: 'Card payment is open', wechat: 'WeChat Pay is open', alipay: 'Alipay is open', unionpay: 'UnionPay QR is open',
  },
}
const screen = {
  zh: { operator: '请输入操作员号', password: '密码', menu: '1 消费', card: 'S刷', approved: '[OK] 交易成功' },
  en: { operator: 'operator number', password: 'password', menu: '1 sale', card: 'S swipe', approved: '[OK] APPROVED' },
}
const faults = []
let steps = 0

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

/** person opens a window of their own, and notes what its pages complain of. How it is equipped stays with the page. */
async function person(name, { lang, small }) {
  const context = await browser.newContext({
    viewport: small ? { width: 390, height: 844 } : { width: 1360, height: 860 },
    hasTouch: small,
    locale: { zh: 'zh-CN', en: 'en-US' }[lang],
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  Object.assign(page, { lang, small })
  page.setDefaultTimeout(patience)
  page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[134]/.test(message.text())) faults.push(`${name}: ${message.text()}`)
  })
  return page
}

/** word is a text of the dictionary in which a person reads. */
function word(page, key, values = {}) {
  const text = dictionaries[page.lang][key]
  if (!text) throw new Error(`no dictionary has ${key}`)
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name])
}

/** touch presses with a finger where the window is that of a telephone. */
const touch = (page, target) => (page.small ? target.tap() : target.click())
const button = (page, key) => page.getByRole('button', { name: word(page, key), exact: true })
const press = (page, key) => touch(page, button(page, key))
const drawer = (page) => page.locator('.ant-drawer-body')
const shows = (page, key, values) => page.getByText(word(page, key, values)).first().waitFor()

/** look leaves a picture of what a person sees, and holds the page to the width of its window. */
async function look(page, name) {
  await page.waitForFunction(() => !document.querySelector('.loading, .ant-skeleton, main[aria-busy="true"], .chart-canvas:not(:has(path))'))
  // A menu stands far outside until it is measured.
  const fits = () => document.documentElement.scrollWidth <= innerWidth
  await page.waitForFunction(fits, undefined, { timeout: 3_000, polling: 50 }).catch(() => undefined)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (over > 0) faults.push(`${name} is ${over} px wider than the window`)
  await picture(page, name)
}

/** picture keeps what a page looks like, where pictures are wanted: all of it, also what is to be scrolled to. */
async function picture(page, name) {
  if (!options.shots) return
  const window = page.viewportSize()
  const hidden = await page.evaluate(() =>
    Math.max(...[...document.querySelectorAll('html, .ant-drawer-body, .ant-modal-wrap')].map((part) => part.scrollHeight - part.clientHeight)),
  )
  if (hidden > 0) await page.setViewportSize({ ...window, height: window.height + hidden })
  await page.screenshot({ path: path.join(options.shots, `${String(++steps).padStart(2, '0')}_${name}.png`) })
  if (hidden > 0) await page.setViewportSize(window)
}

/** message waits for a text or mail to somebody that a pattern fits, and returns what it found. */
async function message(to, pattern) {
  for (const until = Date.now() + patience; Date.now() < until; await pause(100)) {
    const list = await (await fetch(`${options.bench}/inbox.json?to=${to}`)).json()
    for (const { text } of list) {
      const found = pattern.exec(text)
      if (found) return found[1] ?? found[0]
    }
  }
  throw new Error(`nobody told ${to} ${pattern}`)
}

/** heard waits until the owner was told something about the shop. */
const heard = (owner, what) => message(shop.login, new RegExp(`${shop.name}.*${told[owner.lang][what]}|${told[owner.lang][what]}.*${shop.name}`))

/** again opens a page until something stands on it that jobs or other people bring about. */
async function again(page, address, locator) {
  for (const until = Date.now() + patience; Date.now() < until; ) {
    await page.goto(address)
    await page.waitForFunction(() => document.querySelector('main') && !document.querySelector('.loading, .ant-skeleton, main[aria-busy="true"]'))
    if (await locator.first().isVisible()) return
    await pause(200)
  }
  throw new Error(`${address} never shows ${locator}`)
}

/** openFirst opens the newest row of a list. */
async function openFirst(page, address) {
  await page.goto(options.base + address)
  await touch(page, page.locator('.row-link').first())
  await drawer(page).waitFor()
}

/** decide presses a button and confirms it in the dialog that asks. */
async function decide(page, target, fill) {
  await touch(page, target)
  const dialog = page.locator('.ant-modal:visible')
  await dialog.waitFor()
  await fill?.(dialog)
  await touch(page, dialog.locator('.ant-modal-footer .ant-btn-primary'))
  await page.locator('.ant-modal').waitFor({ state: 'detached' })
}

/** choose picks from a list that is searched by typing. */
async function choose(page, field, part, shown) {
  await page.locator(field).fill(part)
  await touch(page, page.locator('.ant-select-item-option:visible').filter({ hasText: shown }).first())
}

async function logIn(page, side, login, secret) {
  await page.goto(`${options.base}/${side}/`)
  await page.locator('#login').fill(login)
  await page.locator('#password').fill(secret)
  await page.keyboard.press('Enter')
  await page.locator('#main').waitFor()
}

async function register(page, login, name) {
  await page.locator('#login').fill(login)
  await page.locator('#name').fill(name)
  await page.locator('#password').fill(password)
  await page.keyboard.press('Enter')
  await page.locator('#code').fill(await message(login, /\b(\d{6})\b/))
  await page.keyboard.press('Enter')
}

/** next leaves a step of the application for another. */
async function next(page, step) {
  await press(page, 'common.continue')
  await page.locator('.card-title, .card h2').filter({ hasText: word(page, `apply_step.${step}`) }).first().waitFor()
}

async function fillIn(page, fields) {
  for (const [id, text] of Object.entries(fields)) await page.locator(`#${id}`).fill(text)
}

async function apply(page) {
  await page.goto(`${options.base}/portal/register`)
  await register(page, shop.login, identity.name)
  await touch(page, page.getByRole('link', { name: word(page, 'apply.title') }))
  await touch(page, page.getByRole('radio', { name: word(page, `merchant_kind.${shop.kind}`) }))
  await look(page, 'apply_begin')
  await press(page, 'apply.begin')
  await button(page, 'common.continue').waitFor()
  if (shop.kind !== 'micro') {
    await fillIn(page, {
      subject_name: company, subject_code: '914403001922038216', subject_from: '2020-01-01', subject_address: '深圳市南山区科苑路1号', subject_scope: '餐饮服务',
    })
    await page.getByRole('checkbox', { name: word(page, 'apply.for_ever') }).check()
    await look(page, 'apply_subject')
    await next(page, 'person')
  }
  await fillIn(page, {
    person_name: identity.name, person_number: identity.number, person_from: '2020-01-01', person_until: '2040-01-01', person_phone: identity.phone,
  })
  if (shop.kind === 'enterprise') {
    await press(page, 'apply.owner_add')
    await fillIn(page, { owners_0_name: identity.name, owners_0_number: identity.number, owners_0_until: '2040-01-01', owners_0_share_ppm: '100' })
  }
  await look(page, 'apply_person')
  await next(page, 'account')
  await page.getByRole('radio', { name: word(page, `account_kind.${shop.kind === 'micro' ? 'personal' : 'corporate'}`) }).check()
  await fillIn(page, {
    account_holder: shop.kind === 'micro' ? identity.name : company,
    account_number: shop.kind === 'micro' ? '6216261000000000018' : '44201501100052501234',
    account_bank_code: '105100000017', account_bank: '中国建设银行北京分行', account_phone: identity.phone,
  })
  await look(page, 'apply_account')
  await next(page, 'business')
  await fillIn(page, { business_name: shop.name, business_name_en: 'Wufu Noodles', business_monthly_fen: '30000', business_ticket_fen: '35' })
  await choose(page, '#business_category', '5812', typed[page.lang].category)
  await choose(page, '#place_area', typed[page.lang].area, '广东省 深圳市 南山区')
  await page.locator('#place_address').fill('科苑路1号一层')
  await look(page, 'apply_business')
  await next(page, 'documents')
  const license = shop.kind === 'micro' ? [] : ['license']
  for (const kind of [...license, 'identity_front', 'identity_back', 'account_proof', 'shop_front', 'counter']) await upload(page, kind, 1)
  await look(page, 'apply_documents')
  await next(page, 'agreement')
  await sign(page)
  await look(page, 'apply_agreement')
  await handIn(page)
}

async function sign(page) {
  await page.locator('#signature').fill(identity.name)
  await press(page, 'apply.sign')
  await shows(page, 'apply.signed', { name: identity.name })
}

async function handIn(page) {
  await press(page, 'apply.submit')
  await shows(page, 'apply.waiting')
  await look(page, 'handed_in')
}

/** paper is a picture as a telephone takes it. */
async function paper(kind) {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } })
  await page.setContent(`<body style="background:linear-gradient(120deg,#fde,#def);font:40px sans-serif">${dictionaries.zh[`paper.${kind}`]}<br>${shop.name}`)
  const file = { name: `${kind}.jpg`, mimeType: 'image/jpeg', buffer: await page.screenshot({ type: 'jpeg' }) }
  await page.close()
  return file
}

/** upload adds a paper of one kind, until so many of them are there. */
async function upload(page, kind, count) {
  const place = page.getByRole('region', { name: word(page, `paper.${kind}`), exact: true })
  await place.locator('input[type=file]').first().setInputFiles(await paper(kind))
  await place.locator('.rows > li').nth(count - 1).waitFor()
}

/** claim takes the newest application to review, once the checks of the bureau are in. */
async function claim(page) {
  await page.goto(`${options.base}/console/applications`)
  await page.locator('.row-link').first().waitFor()
  await look(page, 'applications')
  await openFirst(page, '/console/applications')
  await look(page, 'application')
  await touch(page, page.getByRole('link', { name: word(page, 'review.look') }))
  await page.locator('.compare').waitFor()
  const address = page.url()
  await again(page, address, button(page, 'review.claim'))
  await again(page, address, page.locator(`:nth-match(:text-is("${word(page, 'proof_state.match')}"), ${shop.checks})`))
  await press(page, 'review.claim')
  await page.getByRole('heading', { name: word(page, 'review.decision') }).waitFor()
}

async function sendBack(page) {
  const { remark, dark } = typed[page.lang]
  await claim(page)
  await page.locator('[id="remark-business.name_en"]').fill(remark)
  await touch(page, button(page, 'review.compare').first())
  await page.waitForFunction(() => {
    const { top, bottom } = document.querySelector('.papers').getBoundingClientRect()
    return top < innerHeight && bottom > 0
  })
  await touch(page, page.getByRole('button', { name: new RegExp(`${word(page, 'paper.shop_front')}$`) }))
  await page.locator('[id="remark-document.shop_front"]').fill(dark)
  await page.reload() // what was written is still there
  await shows(page, 'review.remarks', { count: 2 })
  await look(page, 'review')
  await decide(page, button(page, 'review.return'), () => look(page, 'return'))
}

async function correct(page, reviewer) {
  await heard(page, 'returned')
  await page.goto(`${options.base}/portal/`)
  await shows(page, 'next.correct')
  await look(page, 'next')
  await touch(page, page.getByRole('link', { name: word(page, 'next.go') }))
  await page.getByText(typed[reviewer.lang].remark).first().waitFor()
  await look(page, 'returned')
  await page.locator('#business_name_en').fill('Wufu Noodle House')
  await touch(page, page.locator('.ant-alert').getByRole('button', { name: word(page, 'paper.shop_front') }))
  await upload(page, 'shop_front', 2)
  await look(page, 'corrected')
  await next(page, 'agreement')
  await page.locator('#signature, .ant-alert-success').first().waitFor()
  if (await page.locator('#signature').isVisible()) await sign(page)
  await handIn(page)
}

async function openServices(owner, reviewer) {
  await heard(owner, 'approved')
  await owner.goto(`${options.base}/portal/services`)
  const services = ['card', 'wechat', 'alipay', 'unionpay']
  for (const kind of services) {
    const name = word(owner, `service_kind.${kind}`)
    const card = owner.locator('.card').filter({ has: owner.getByText(name, { exact: true }) }).first()
    await touch(owner, card.getByRole('button', { name: word(owner, 'services.ask') }).first())
    const dialog = owner.locator('.ant-modal:visible')
    await dialog.getByText(word(owner, 'services.fees'), { exact: true }).waitFor()
    await dialog.getByRole('checkbox').check()
    await look(owner, 'service')
    await touch(owner, dialog.locator('.ant-modal-footer .ant-btn-primary'))
    await owner.locator('.ant-modal').waitFor({ state: 'detached' })
    await card.getByText(word(owner, 'service_state.requested')).waitFor()
  }
  await look(owner, 'services')
  for (const _ of services) {
    await openFirst(reviewer, '/console/services?state=requested')
    await look(reviewer, 'requested')
    await decide(reviewer, button(reviewer, 'services.open'), async (dialog) => {
      const number = dialog.getByLabel(word(reviewer, 'services.sub_merchant'))
      if (await number.isVisible()) await number.fill('1900000109')
    })
  }
  for (const kind of services) await heard(owner, kind)
  await owner.goto(`${options.base}/portal/account`)
  await owner.getByText(new RegExp(`${shop.name} · 89844\\d{10}`)).waitFor() // the merchant's number
  await look(owner, 'account')
}

async function orderTerminal(owner, ops) {
  await owner.goto(`${options.base}/portal/orders/new`)
  const offer = owner.locator('.offers li').filter({ hasText: { zh: '软终端', en: 'Software terminal' }[owner.lang] })
  await touch(owner, offer.getByRole('button', { name: word(owner, 'advice.take', { count: 1 }) }))
  await owner.locator('#name').waitFor()
  await touch(owner, owner.locator('#store'))
  await touch(owner, owner.locator('.ant-select-item-option:visible').filter({ hasText: shop.name }))
  await fillIn(owner, { name: identity.name, phone: identity.phone, address: '科苑路1号一层' })
  await choose(owner, '#area', typed[owner.lang].area, '广东省 深圳市 南山区')
  await owner.locator('#agreed').check()
  await look(owner, 'order')
  await press(owner, 'quote.order')
  await drawer(owner).getByText(word(owner, 'order_state.placed')).first().waitFor()
  await look(owner, 'ordered')

  const { carrier } = typed[ops.lang]
  await openFirst(ops, '/console/orders')
  await drawer(ops).getByText(shop.name).first().waitFor() // by name, not by id
  await look(ops, 'placed')
  await decide(ops, button(ops, 'orders.approve'))
  await ops.locator('#serial').fill('YF-SOFT-0001')
  await look(ops, 'assign')
  await ops.keyboard.press('Enter')
  await fillIn(ops, { carrier, tracking: 'SF1234567890' })
  await ops.keyboard.press('Enter')
  await ops.locator('#carrier').waitFor({ state: 'detached' })
  await look(ops, 'shipped')

  await message(shop.login, new RegExp(`${carrier} SF1234567890`))
  await openFirst(owner, '/portal/orders')
  await decide(owner, button(owner, 'orders.receive'))
  await openFirst(owner, '/portal/terminals')
  await press(owner, 'activation.show')
  const code = await drawer(owner).getByText(/^\d{4} \d{4} \d{4}$/).textContent()
  await look(owner, 'activation_code')
  return code
}

/** sell activates the terminal and takes CNY 25.00 by a tap: typed at a desk, by the keys of the screen on a telephone. */
async function sell(page, code) {
  const says = screen[page.lang]
  const said = (text) => page.waitForFunction((t) => document.getElementById('said')?.textContent.includes(t), text, { polling: 50 })
  const key = async (keys) => {
    for (const name of keys) {
      if (page.small) await page.locator(`.keys [data-key="${name.toLowerCase()}"], .soft [data-key="${name.toLowerCase()}"]`).first().tap()
      else await page.keyboard.press(name)
    }
  }
  await page.goto(`${options.bench}/pos`)
  await said(says.operator)
  await touch(page, page.locator('#new'))
  await page.locator('#serial').fill('YF-SOFT-0001')
  await page.locator('#code').fill(code)
  await picture(page, 'activate')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.getElementById('which').value === '30000001' && !document.getElementById('activation').open)
  await said(says.operator)
  await key([...'01', 'Enter'])
  await said(says.password)
  await key([...'0000', 'Enter'])
  await said(says.menu) // it has signed in to the host by itself
  await picture(page, 'menu')
  await key('1')
  await key([...'2500', 'Enter'])
  await said(says.card)
  await touch(page, page.locator('[data-card=debit]'))
  await touch(page, page.locator('.slot.tap'))
  await said(says.approved)
  await picture(page, 'sold')
}

async function seeTheSale(owner, ops) {
  await again(owner, `${options.base}/portal/`, owner.getByText('¥25.00'))
  await shows(owner, 'home.of', { part: 1, whole: 1 })
  await look(owner, 'takings')
  await openFirst(owner, '/portal/terminals')
  await drawer(owner).getByText(word(owner, 'terminals.online'), { exact: true }).waitFor()
  await drawer(owner).getByText('YF-SOFT-0001').first().waitFor()
  await look(owner, 'terminal')
  await openFirst(ops, '/console/terminals')
  await drawer(ops).getByText(word(ops, 'terminals.online'), { exact: true }).waitFor()
  await look(ops, 'online')
}

/** showReceipt finds the sale among the payments, and its receipt as the terminal printed it. */
async function showReceipt(owner) {
  await owner.goto(`${options.base}/portal/payments`)
  await owner.locator('main').getByText('¥25.00').first().waitFor()
  await look(owner, 'payments')
  await touch(owner, owner.locator('.row-link').first())
  await drawer(owner).locator('.detail-amount').getByText('¥25.00').waitFor()
  await look(owner, 'payment')
  await press(owner, 'payments.receipt')
  const receipt = drawer(owner).getByRole('img', { name: word(owner, 'payments.receipt'), exact: true })
  await receipt.waitFor()
  const stretched = await receipt.evaluate(async (image) => {
    await image.decode()
    return (image.clientWidth * image.naturalHeight) / (image.clientHeight * image.naturalWidth)
  })
  if (Math.abs(stretched - 1) > 0.01) faults.push(`the receipt is ${stretched.toFixed(2)} times as wide as it should be`)
  await look(owner, 'receipt')
}

async function inviteCashier(owner, cashier) {
  const login = 'cashier@wufu.example'
  await owner.goto(`${options.base}/portal/members`)
  await decide(owner, owner.locator('.page-header').getByRole('button'), async (dialog) => {
    await dialog.locator('#login').fill(login)
    await dialog.getByRole('checkbox', { name: new RegExp(word(owner, 'role.cashier')) }).check()
    await look(owner, 'invite')
  })
  const link = new URL(await message(login, /(https?:\/\/\S+)/))
  await cashier.goto(options.base + link.pathname + link.hash)
  await touch(cashier, cashier.getByRole('link', { name: word(cashier, 'register.title'), exact: true }))
  await register(cashier, login, typed[cashier.lang].cashier)
  await button(cashier, 'invitation.accept').waitFor()
  await look(cashier, 'invitation')
  await press(cashier, 'invitation.accept')
  await cashier.locator('#main').waitFor()
  await cashier.getByText(shop.name).first().waitFor()
  await look(cashier, 'cashier')
  if (cashier.small) await touch(cashier, cashier.locator('.burger'))
  const links = cashier.locator(cashier.small ? '.nav-drawer .nav a' : '.aside .nav a')
  await links.first().waitFor()
  const pages = await links.allTextContents()
  if (pages.join() !== ['collect', 'codes', 'payments', 'terminals', 'orders'].map((name) => word(cashier, `${name}.title`)).join()) faults.push(`a cashier sees ${pages}`)
  await look(cashier, 'navigation')
  await cashier.goto(`${options.base}/portal/members`)
  await shows(cashier, 'failure.forbidden')
  await look(cashier, 'forbidden')
}

const began = Date.now()
try {
  const owner = await person('owner', cast.owner)
  const [reviewer, ops, cashier, device] = await Promise.all(['reviewer', 'ops', 'cashier', 'device'].map((name) => person(name, cast.staff)))
  await apply(owner)
  await logIn(reviewer, 'console', 'reviewer@demo.yifen', 'yifen-demo-2026')
  await sendBack(reviewer)
  await correct(owner, reviewer)
  await claim(reviewer)
  await decide(reviewer, button(reviewer, 'review.approve'))
  await reviewer.getByText(word(reviewer, 'application_state.approved'), { exact: true }).first().waitFor()
  await openServices(owner, reviewer)
  await logIn(ops, 'console', 'ops@demo.yifen', 'yifen-demo-2026')
  await sell(device, await orderTerminal(owner, ops))
  await seeTheSale(owner, ops)
  await inviteCashier(owner, cashier)
  await showReceipt(owner)
} catch (error) {
  faults.push(error.stack)
  if (options.shots) {
    for (const [at, context] of browser.contexts().entries()) {
      for (const page of context.pages()) await page.screenshot({ path: path.join(options.shots, `broken_${at}.png`) })
    }
  }
}
await browser.close()
console.log(faults.length === 0 ? `the story was played in ${((Date.now() - began) / 1000).toFixed(1)} s` : faults.join('\n'))
process.exitCode = faults.length === 0 ? 0 : 1
