// Plays the whole story of a shop in Chromium, against a demo: a shop owner registers, applies, corrects what a reviewer
// returns, opens four payment services, orders a terminal, activates it and sells, and invites a cashier. The owner has a
// telephone that speaks Chinese, the staff and the cashier have English. Ends with 1 where the story breaks off.
//
//   node test/story.mjs --base http://127.0.0.1:8080 --bench http://127.0.0.1:8090 [--shots DIR]
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const { values: options } = parseArgs({ options: { base: { type: 'string' }, bench: { type: 'string' }, shots: { type: 'string' } } })
if (!options.base || !options.bench) throw new Error('--base and --bench are missing: the addresses of a demo')
if (options.shots) mkdirSync(options.shots, { recursive: true })

const patience = 60_000 // milliseconds for one thing to happen
const phone = '13912345678'
const password = 'a shop of my own'
const company = '深圳市五福餐饮有限公司'
const faults = []
let steps = 0

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

/** person opens a window of their own, and notes what its pages complain of. */
async function person(name, { lang, small }) {
  const context = await browser.newContext({
    viewport: small ? { width: 390, height: 844 } : { width: 1360, height: 860 },
    hasTouch: small,
    locale: lang,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[134]/.test(message.text())) faults.push(`${name}: ${message.text()}`)
  })
  return page
}

/** look leaves a picture of what a person sees, and holds the page to the width of its window. */
async function look(page, name) {
  await page.waitForFunction(() => !document.querySelector('.loading, .ant-skeleton, main[aria-busy="true"]'))
  // A menu stands far outside until it is measured.
  const fits = () => document.documentElement.scrollWidth <= innerWidth
  await page.waitForFunction(fits, undefined, { timeout: 3_000, polling: 50 }).catch(() => undefined)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (over > 0) faults.push(`${name} is ${over} px wider than the window`)
  if (options.shots) await page.screenshot({ path: path.join(options.shots, `${String(++steps).padStart(2, '0')}_${name}.png`) })
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

const press = (page, name) => page.getByRole('button', { name, exact: true }).click()
const drawer = (page) => page.locator('.ant-drawer-body')

/** openFirst opens the newest row of a list. */
async function openFirst(page, address) {
  await page.goto(options.base + address)
  await page.locator('.row-link').first().click()
  await drawer(page).waitFor()
}

/** decide presses a button and confirms it in the dialog that asks. */
async function decide(page, name, fill) {
  await press(page, name)
  const dialog = page.locator('.ant-modal:visible')
  await dialog.waitFor()
  await fill?.(dialog)
  await dialog.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.locator('.ant-modal').waitFor({ state: 'detached' })
}

/** choose picks from a list that is searched by typing. */
async function choose(page, field, typed, shown) {
  await page.locator(field).fill(typed)
  await page.locator('.ant-select-item-option:visible').filter({ hasText: shown }).first().click()
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

/** papers are pictures as a telephone takes them. */
async function papers(names) {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } })
  const files = {}
  for (const name of names) {
    await page.setContent(`<body style="background:linear-gradient(120deg,#fde,#def);font:40px sans-serif">${name}<br>${company}`)
    files[name] = { name: `${name}.jpg`, mimeType: 'image/jpeg', buffer: await page.screenshot({ type: 'jpeg' }) }
  }
  await page.close()
  return files
}

/** next leaves a step of the application for the one with this heading. */
async function next(page, heading) {
  await press(page, '继续')
  await page.locator('.card-title, .card h2').filter({ hasText: heading }).first().waitFor()
}

async function apply(page) {
  await page.goto(`${options.base}/portal/register`)
  await register(page, phone, '王五')
  await page.getByRole('link', { name: '商户入网申请' }).click()
  await look(page, 'apply_begin')
  await press(page, '开始申请')
  await page.locator('#subject_name').fill(company)
  await look(page, 'apply_subject')
  await page.locator('#subject_code').fill('914403001922038216')
  await page.locator('#subject_from').fill('2020-01-01')
  await page.getByRole('checkbox', { name: '长期' }).check()
  await page.locator('#subject_address').fill('深圳市南山区科苑路1号')
  await page.locator('#subject_scope').fill('餐饮服务')
  await next(page, '负责人')
  await page.locator('#person_name').fill('王五')
  await page.locator('#person_number').fill('11010519491231002X')
  await page.locator('#person_from').fill('2020-01-01')
  await page.locator('#person_until').fill('2040-01-01')
  await page.locator('#person_phone').fill(phone)
  await press(page, '添加受益所有人')
  await page.locator('#owners_0_name').fill('王五')
  await page.locator('#owners_0_number').fill('11010519491231002X')
  await page.locator('#owners_0_until').fill('2040-01-01')
  await page.locator('#owners_0_share_ppm').fill('100')
  await look(page, 'apply_person')
  await next(page, '结算账户')
  await page.getByRole('radio', { name: '对公账户' }).check()
  await page.locator('#account_holder').fill(company)
  await page.locator('#account_number').fill('44201501100052501234')
  await page.locator('#account_bank_code').fill('105100000017')
  await page.locator('#account_bank').fill('中国建设银行北京分行')
  await page.locator('#account_phone').fill(phone)
  await next(page, '经营信息')
  await page.locator('#business_name').fill('五福面馆')
  await page.locator('#business_name_en').fill('Wufu Noodles')
  await choose(page, '#business_category', '5812', '餐馆')
  await page.locator('#business_monthly_fen').fill('80000')
  await page.locator('#business_ticket_fen').fill('35')
  await choose(page, '#place_area', '深圳市 南山', '广东省 深圳市 南山区')
  await page.locator('#place_address').fill('科苑路1号一层')
  await look(page, 'apply_business')
  await next(page, '证照照片')
  const kinds = ['营业执照', '身份证人像面', '身份证国徽面', '账户证明', '门头照', '收银台照']
  const files = await papers(kinds)
  for (const kind of kinds) await upload(page, kind, files[kind], 1)
  await look(page, 'apply_documents')
  await next(page, '协议')
  await page.locator('#signature').fill('王五')
  await press(page, '签署')
  await page.getByText('王五 已签署').waitFor()
  await look(page, 'apply_agreement')
  await press(page, '提交审核')
  await page.getByText('资料审核中').waitFor()
}

async function upload(page, kind, file, count) {
  const place = page.getByRole('region', { name: kind, exact: true })
  await place.locator('input[type=file]').first().setInputFiles(file)
  await place.locator('.rows > li').nth(count - 1).waitFor()
}

/** claim takes the newest application to review, once the checks of the bureau are in. */
async function claim(page) {
  await openFirst(page, '/console/applications')
  await page.getByRole('link', { name: 'Open to review' }).click()
  await page.locator('.compare').waitFor()
  const address = page.url()
  await again(page, address, page.getByRole('button', { name: 'Claim', exact: true }))
  await again(page, address, page.locator(':nth-match(:text-is("Matches"), 3)'))
  await press(page, 'Claim')
  await page.getByRole('heading', { name: 'Decision' }).waitFor()
}

async function sendBack(page) {
  await claim(page)
  await page.locator('[id="remark-business.name_en"]').fill('As on the sign, please')
  await page.getByRole('button', { name: /Shop front$/ }).click()
  await page.locator('[id="remark-document.shop_front"]').fill('Too dark')
  await page.reload() // what was written is still there
  await page.getByText('Remarks written: 2').waitFor()
  await look(page, 'review')
  await decide(page, 'Return')
}

async function correct(page) {
  await message(phone, /五福面馆 的申请已退回/)
  await page.goto(`${options.base}/portal/`)
  await page.getByText('按审核意见补正申请').waitFor()
  await look(page, 'next')
  await page.getByRole('link', { name: '去办理' }).click()
  await page.getByText('As on the sign, please').first().waitFor()
  await look(page, 'returned')
  await page.locator('#business_name_en').fill('Wufu Noodle House')
  await page.locator('.ant-alert').getByRole('button', { name: '门头照' }).click()
  await upload(page, '门头照', (await papers(['门头照']))['门头照'], 2)
  await next(page, '协议')
  await page.locator('#signature, .ant-alert-success').first().waitFor()
  if (await page.locator('#signature').isVisible()) {
    await page.locator('#signature').fill('王五')
    await press(page, '签署')
    await page.getByText('王五 已签署').waitFor()
  }
  await press(page, '提交审核')
  await page.getByText('资料审核中').waitFor()
}

async function openServices(owner, reviewer) {
  await message(phone, /五福面馆 的申请已通过/)
  await owner.goto(`${options.base}/portal/services`)
  for (const name of ['银行卡', '微信支付', '支付宝', '云闪付二维码']) {
    const card = owner.locator('.card').filter({ has: owner.getByText(name, { exact: true }) }).first()
    await card.getByRole('button', { name: '申请开通' }).first().click()
    const dialog = owner.locator('.ant-modal:visible')
    await dialog.getByText('费用', { exact: true }).waitFor()
    await dialog.getByRole('checkbox').check()
    await look(owner, 'service')
    await dialog.locator('.ant-modal-footer .ant-btn-primary').click()
    await owner.locator('.ant-modal').waitFor({ state: 'detached' })
    await card.getByText('审核中').waitFor()
  }
  for (let rest = 4; rest > 0; rest--) {
    await openFirst(reviewer, '/console/services?state=requested')
    await decide(reviewer, 'Open', async (dialog) => {
      const number = dialog.getByLabel('Sub-merchant number')
      if (await number.isVisible()) await number.fill('1900000109')
    })
  }
  for (const name of ['银行卡收款', '微信支付', '支付宝', '云闪付二维码']) await message(phone, new RegExp(`五福面馆 的${name}已开通`))
  await owner.goto(`${options.base}/portal/account`)
  await owner.getByText(/五福面馆 · 89844\d{10}/).waitFor() // the merchant's number
}

async function orderTerminal(owner, ops) {
  await owner.goto(`${options.base}/portal/orders/new`)
  await owner.locator('.offers li').filter({ hasText: '软终端' }).getByRole('button', { name: '选 1 台' }).click()
  await owner.locator('#store').click()
  await owner.locator('.ant-select-item-option:visible').filter({ hasText: '五福面馆' }).click()
  await owner.locator('#name').fill('王五')
  await owner.locator('#phone').fill(phone)
  await choose(owner, '#area', '深圳市 南山', '广东省 深圳市 南山区')
  await owner.locator('#address').fill('科苑路1号一层')
  await owner.locator('#agreed').check()
  await look(owner, 'order')
  await press(owner, '同意并下单')
  await drawer(owner).getByText('已下单').first().waitFor()

  await openFirst(ops, '/console/orders')
  await drawer(ops).getByText('五福面馆').first().waitFor() // by name, not by id
  await decide(ops, 'Approve the order')
  await ops.locator('#serial').fill('YF-SOFT-0001')
  await ops.keyboard.press('Enter')
  await ops.locator('#carrier').fill('SF Express')
  await ops.locator('#tracking').fill('SF1234567890')
  await ops.keyboard.press('Enter')
  await ops.locator('#carrier').waitFor({ state: 'detached' })
  await look(ops, 'shipped')

  await message(phone, /SF Express SF1234567890/)
  await openFirst(owner, '/portal/orders')
  await decide(owner, '确认收货')
  await openFirst(owner, '/portal/terminals')
  await press(owner, '取激活码')
  const code = await drawer(owner).getByText(/^\d{4} \d{4} \d{4}$/).textContent()
  await look(owner, 'activation_code')
  return code
}

/** sell activates the terminal and takes CNY 25.00 by a tap. All of it is typed, as a person would. */
async function sell(page, code) {
  const said = (text) => page.waitForFunction((t) => document.getElementById('said')?.textContent.includes(t), text, { polling: 50 })
  await page.goto(`${options.bench}/pos`)
  await said('operator number')
  await press(page, 'Activate a terminal')
  await page.locator('#serial').click()
  await page.keyboard.type('YF-SOFT-0001')
  await page.keyboard.press('Tab')
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.getElementById('which').value === '30000001' && !document.getElementById('activation').open)
  await said('operator number')
  await page.keyboard.type('01')
  await page.keyboard.press('Enter')
  await said('password')
  await page.keyboard.type('0000')
  await page.keyboard.press('Enter')
  await said('1 sale') // it has signed in to the host by itself
  await page.keyboard.press('1')
  await page.keyboard.type('2500')
  await page.keyboard.press('Enter')
  await said('S swipe')
  await page.locator('[data-card=debit]').click()
  await page.locator('.slot.tap').click()
  await said('[OK] APPROVED')
  if (options.shots) await page.screenshot({ path: path.join(options.shots, `${String(++steps).padStart(2, '0')}_sold.png`) })
}

async function seeTheSale(owner, ops) {
  await again(owner, `${options.base}/portal/`, owner.getByText('¥25.00'))
  await owner.getByText('1 / 1').waitFor()
  await look(owner, 'takings')
  await openFirst(owner, '/portal/terminals')
  await drawer(owner).getByText('在线', { exact: true }).waitFor()
  await drawer(owner).getByText('YF-SOFT-0001').first().waitFor()
  await openFirst(ops, '/console/terminals')
  await drawer(ops).getByText('Online', { exact: true }).waitFor()
  await look(ops, 'online')
}

async function inviteCashier(owner, cashier) {
  await owner.goto(`${options.base}/portal/members`)
  await decide(owner, /邀请成员$/, async (dialog) => {
    await dialog.locator('#login').fill('cashier@wufu.example')
    await dialog.getByRole('checkbox', { name: /收银员/ }).check()
  })
  const link = new URL(await message('cashier@wufu.example', /(https?:\/\/\S+)/))
  await cashier.goto(options.base + link.pathname + link.hash)
  await cashier.getByRole('link', { name: 'Open an account', exact: true }).click()
  await register(cashier, 'cashier@wufu.example', 'Xiao Li')
  await look(cashier, 'invitation')
  await press(cashier, 'Accept')
  await cashier.locator('#main').waitFor()
  await cashier.getByText('五福面馆').first().waitFor()
  await look(cashier, 'cashier')
  const pages = await cashier.locator('.aside .nav a').allTextContents()
  if (pages.join() !== 'Terminals,Terminal orders') faults.push(`a cashier sees ${pages}`)
  await cashier.goto(`${options.base}/portal/members`)
  await cashier.getByText('You may not see this').waitFor()
}

const began = Date.now()
try {
  const owner = await person('owner', { lang: 'zh-CN', small: true })
  const [reviewer, ops, cashier, device] = await Promise.all(
    ['reviewer', 'ops', 'cashier', 'device'].map((name) => person(name, { lang: 'en-US', small: false })),
  )
  await apply(owner)
  await logIn(reviewer, 'console', 'reviewer@demo.yifen', 'yifen-demo-2026')
  await sendBack(reviewer)
  await correct(owner)
  await claim(reviewer)
  await decide(reviewer, 'Approve')
  await reviewer.getByText('Approved', { exact: true }).first().waitFor()
  await openServices(owner, reviewer)
  await logIn(ops, 'console', 'ops@demo.yifen', 'yifen-demo-2026')
  await sell(device, await orderTerminal(owner, ops))
  await seeTheSale(owner, ops)
  await inviteCashier(owner, cashier)
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
