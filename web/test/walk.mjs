// Walks every page of both back offices in Chromium and holds it to what the pages promise: no finding of axe (WCAG
// 2.0 to 2.2, A and AA), nothing in the console, no text without a word in the dictionary, nothing wider than the
// window. Prints what it found and ends with 1 if that is anything.
//
//   node test/walk.mjs --base http://127.0.0.1:8080 [--shots DIR] [--only PART] [--as LOGIN] [--all]
//
// It signs in as the demo's people. Where the API asks for a second factor, the key of the one-time passwords is read
// from YIFEN_TOTP (base32); without it any code is tried. --all walks each combination of language, theme and width
// instead of two that hold each of them once; --only walks the routes whose address holds PART; --as is who signs in at the
// console.
import { createHmac } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const { values: options } = parseArgs({
  options: { base: { type: 'string' }, shots: { type: 'string' }, only: { type: 'string' }, all: { type: 'boolean' }, as: { type: 'string' } },
})
if (!options.base) throw new Error('--base is missing: the address of a server, such as http://127.0.0.1:8080')

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const password = 'yifen-demo-2026'
const patience = 30_000 // milliseconds for one page

const widths = { desktop: { width: 1360, height: 860 }, phone: { width: 390, height: 844 } }
const looks = options.all
  ? ['zh', 'en'].flatMap((lang) =>
      ['light', 'dark'].flatMap((theme) => Object.keys(widths).map((width) => ({ lang, theme, width }))),
    )
  : [
      { lang: 'zh', theme: 'light', width: 'desktop' },
      { lang: 'en', theme: 'dark', width: 'phone' },
    ]

const press = (name) => async (page) => {
  await page.locator(name).first().click()
}
const openFirst = async (page) => {
  await page.locator('.row-link').first().press('Enter')
  await page.locator('.ant-drawer-body').last().waitFor()
}

// Each stop is an address, and where the page has more to show what to do there.
const before = {
  console: [{ at: 'login' }, { at: 'login', name: 'refused', act: wrongPassword }, { at: 'forgot' }, { at: 'enroll' }],
  portal: [{ at: 'login' }, { at: 'register' }, { at: 'register', name: 'code', act: askForCode }, { at: 'forgot' }, { at: 'upload/app_1/token' }, { at: 'invitation/inv_1' }],
}
const filters = { at: 'audit', name: 'filters', act: (page) => page.locator('.filters-fold').click({ timeout: 500 }).catch(() => undefined) }
const menu = { at: '', name: 'menu', act: press('.burger:visible, .top .ant-dropdown-trigger:visible') }
const account = [
  { at: 'account' },
  { at: 'account/security' },
  { at: 'account/security', name: 'totp', act: press('.card:nth-child(2) button') },
  { at: 'account/sessions' },
  { at: 'account/logins' },
  { at: 'no/such/page' },
]
const inside = {
  console: [
    { at: '' },
    menu,
    { at: 'applications' },
    { at: 'applications', name: 'open', act: openFirst },
    { at: 'applications', name: 'review', act: review },
    { at: 'applications', name: 'return', act: sendBack },
    { at: 'merchants' },
    { at: 'merchants', name: 'open', act: openFirst },
    { at: 'merchants', name: 'transfer', act: transfer },
    { at: 'merchants', name: 'move', act: moveMerchant },
    { at: 'merchants/expiring' },
    { at: 'merchants/import' },
    { at: 'merchants/import', name: 'preview', act: previewFile },
    { at: 'merchants/import', name: 'done', act: takeFile },
    { at: 'applications/app_2901M83CMC8T4AXY1FFTGB5CHANGE', name: 'visit', act: showPicture },
    { at: 'applications/app_2901M83CMC8T4AXY1FFTGB5CHANGE' },
    { at: 'blocks' },
    { at: 'blocks', name: 'open', act: openFirst },
    { at: 'blocks', name: 'add', act: press('.page-header button') },
    { at: 'agents' },
    { at: 'agents', name: 'add', act: press('.page-header button') },
    { at: 'agents', name: 'one', act: openAgent },
    { at: 'agents', name: 'terms', act: editTerms },
    { at: 'agents', name: 'price', act: addPrice },
    { at: 'agents', name: 'lock-person', act: lockPerson },
    { at: 'agents', name: 'add-person', act: addPerson },
    { at: 'services' },
    { at: 'services', name: 'open', act: openFirst },
    { at: 'plans' },
    { at: 'plans', name: 'edit', act: press('.card button') },
    { at: 'wallets' },
    { at: 'wallets/mch_2901M83CMC8S3GQ9T5XNDBVBFYY2' },
    { at: 'wallets/mch_2901M83CMC8S3GQ9T5XNDBVBFYY2', name: 'off', act: press('.wallet-acts .ant-btn-dangerous') },
    { at: 'wallets/mch_2901M83CMC8S3GQ9T5XNDBVBFYY2', name: 'refused', act: saveWallet },
    { at: 'terminals' },
    { at: 'terminals', name: 'open', act: openFirst },
    { at: 'terminals', name: 'retire', act: decide },
    { at: 'terminals', name: 'component', act: enterComponent },
    { at: 'payments' },
    { at: 'payments', name: 'open', act: openFirst },
    { at: 'terminal-groups' },
    { at: 'terminal-groups', name: 'make', act: press('.page-header button') },
    { at: 'terminal-groups/default' },
    { at: 'terminal-groups/default', name: 'assign', act: press('.rows button') },
    { at: 'terminal-parameters/settings' },
    { at: 'terminal-parameters/settings', name: 'show', act: press('.rows button') },
    { at: 'terminal-parameters/settings', name: 'edit', act: press('.card-head button') },
    { at: 'terminal-parameters/blacklist', name: 'look', act: lookAtLines },
    { at: 'orders' },
    { at: 'orders', name: 'open', act: openFirst },
    { at: 'stock' },
    { at: 'stock', name: 'open', act: openFirst },
    { at: 'stock', name: 'take', act: press('.page-header button') },
    { at: 'checks' },
    { at: 'checks', name: 'open', act: openFirst },
    { at: 'checks', name: 'plan', act: press('.page-header button') },
    { at: 'tickets' },
    { at: 'tickets', name: 'open', act: openFirst },
    { at: 'proposals' },
    { at: 'proposals', name: 'open', act: openFirst },
    { at: 'proposals?state=open', name: 'reject', act: decide },
    { at: 'staff' },
    { at: 'staff', name: 'open', act: openFirst },
    { at: 'staff', name: 'add', act: press('.page-header button') },
    { at: 'audit' },
    filters,
    { at: 'audit', name: 'checked', act: press('.page-header button') },
    { at: 'audit', name: 'open', act: openFirst },
    { at: 'logins' },
    ...account,
  ],
  portal: [
    { at: '' },
    { at: 'collect' },
    { at: 'collect', name: 'show', act: showCode },
    { at: 'collect', name: 'scan', act: askCode },
    { at: 'collect', name: 'paid', act: scanCode },
    { at: 'collect', name: 'refund', act: refundLast },
    { at: 'codes' },
    { at: 'codes', name: 'open', act: openFirst },
    { at: 'codes', name: 'make', act: press('.page-header button') },
    { at: 'speakers' },
    { at: 'speakers', name: 'open', act: openFirst },
    { at: 'speakers', name: 'add', act: press('.page-header button') },
    { at: 'payments' },
    { at: 'payments?open=pay_1401M84DER72CX4FR6AT8ZA8CN59', name: 'code' },
    { at: 'payments', name: 'open', act: openFirst },
    { at: 'payments', name: 'report', act: reportFirst },
    { at: 'apply' },
    { at: 'apply/new' },
    { at: 'merchant' },
    { at: 'stores' },
    { at: 'stores', name: 'open', act: openFirst },
    { at: 'stores', name: 'add', act: press('.page-header button') },
    { at: 'services' },
    { at: 'services', name: 'ask', act: press('.plan button') },
    { at: 'terminals' },
    { at: 'terminals', name: 'open', act: openFirst },
    { at: 'orders' },
    { at: 'orders', name: 'open', act: openFirst },
    { at: 'orders/new' },
    { at: 'orders/new', name: 'quote', act: quote },
    { at: 'tickets' },
    { at: 'tickets', name: 'open', act: openFirst },
    { at: 'tickets', name: 'pictures', act: addPictures },
    { at: 'tickets', name: 'ask', act: press('.page-header button') },
    { at: 'tickets', name: 'picture', act: showTicketPicture },
    { at: 'proposals' },
    { at: 'members' },
    { at: 'members', name: 'open', act: openFirst },
    { at: 'members', name: 'invite', act: press('.page-header button') },
    { at: 'api-keys' },
    { at: 'api-keys', name: 'open', act: openFirst },
    { at: 'api-keys', name: 'add', act: press('.page-header button') },
    { at: 'api-keys', name: 'revoke', act: decide },
    { at: 'api-keys', name: 'fresh', act: proveAgain },
    { at: 'webhooks' },
    { at: 'webhooks', name: 'open', act: openFirst },
    { at: 'webhooks', name: 'add', act: press('.page-header button') },
    { at: 'webhooks', name: 'test', act: tryFirst },
    { at: 'webhooks', name: 'secret', act: makeWebhook },
    { at: 'webhooks/whk_1', name: 'deliveries' },
    { at: 'webhooks/whk_1', name: 'delivery', act: openFirst },
    { at: 'webhooks/whk_1', name: 'again', act: press('.page-header .ant-btn-primary') },
    { at: 'invitation' },
    ...account,
  ],
}

// What an agent's people see of the portal.
const agents = [
  { at: '' },
  { at: 'agent/home' },
  { at: 'agent/merchants' },
  { at: 'agent/merchants', name: 'open', act: openFirst },
  { at: 'agent/applications' },
  { at: 'agent/applications', name: 'add', act: press('.page-header button') },
  { at: 'agent/applications/app_2901M83CMC8T4AXY1FFTGB5J9YHD', act: countSteps },
  { at: 'agent/statement' },
]

/** tryFirst sends a test event to the first webhook and waits for what became of it. */
async function tryFirst(page) {
  await openFirst(page)
  await page.locator('.ant-drawer .ant-btn-primary').click()
  await page.locator('.ant-drawer .ant-alert').waitFor()
}

/** makeWebhook makes a webhook, whose secret is shown this once. */
async function makeWebhook(page) {
  await page.locator('.page-header button').first().click()
  await page.locator('.ant-modal #url').fill('https://shop.example/hook')
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.locator('.secret').waitFor()
}

/** countSteps sees that an agent's people are not asked to sign for the merchant. */
async function countSteps(page) {
  await page.locator('.narrow-only').first().waitFor({ state: 'attached' })
  hold((await page.locator('.ant-steps-item').count()) === 5, "an agent's people have five steps")
}

async function openAgent(page) {
  await page.locator('td a[href*="/agents/agt_"]').first().click()
  await page.locator('.figures-row').waitFor()
}

async function lockPerson(page) {
  await openAgent(page)
  await page.locator('.people .detail-actions button').first().click()
  await page.locator('.ant-modal').waitFor()
}

async function addPerson(page) {
  await openAgent(page)
  await page.locator('.card-head:has(.anticon-user-add) button').click()
  await page.locator('.ant-modal').waitFor()
}

async function editTerms(page) {
  await openAgent(page)
  await page.locator('.card-head button').nth(2).click()
  await page.locator('.ant-modal').waitFor()
}

/** addPrice adds a price with no rate and tries to save. */
async function addPrice(page) {
  await editTerms(page)
  await page.locator('.ant-modal input[value=price]').first().check()
  await page.locator('.fields-wide > button').first().click()
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  await page.locator('.ant-form-item-explain-error').first().scrollIntoViewIfNeeded()
}

async function wrongPassword(page) {
  await page.locator('#login').fill('admin@demo.yifen')
  await page.locator('#password').fill('not-the-password')
  await page.keyboard.press('Enter')
  await page.locator('.problem').waitFor()
}

async function askForCode(page) {
  await page.locator('#login').fill('new-shop@example.com')
  await page.locator('#name').fill('周可')
  await page.locator('#password').fill('a-long-password-2026')
  await page.keyboard.press('Enter')
  await page.locator('#code').waitFor()
}

async function decide(page) {
  await openFirst(page)
  await page.locator('.detail-actions button').last().click()
  await page.locator('.ant-modal').waitFor()
}

async function saveWallet(page) {
  await page.locator('.columns > .card').nth(1).locator('form .ant-btn').click()
  await page.locator('.problem').scrollIntoViewIfNeeded()
}

async function typeAmount(page) {
  await page.locator('.collect-keys').waitFor()
  await page.keyboard.type('12.34')
}

/** showCode collects by keyboard alone. What runs is found again after a reload. */
async function showCode(page) {
  await typeAmount(page)
  await page.keyboard.press('Enter')
  await page.locator('.collect-qr').waitFor()
  await page.reload()
  await page.locator('.collect-qr').waitFor()
  await page.evaluate(() => sessionStorage.clear())
}

async function askCode(page) {
  await typeAmount(page)
  await page.locator('.collect-form .ant-btn').nth(1).click()
  await page.locator('#code').fill('1345')
}

/** scanCode scans a customer's code as a scanner does: fast, into no field; what is received is told on the window. */
async function scanCode(page) {
  await typeAmount(page)
  await page.waitForTimeout(200) // between the cashier's hand and the scanner
  await page.evaluate(() => {
    addEventListener('yifen:sound', (event) => (document.title = event.detail.text))
    for (const key of [...'134567890123456789', 'Enter']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  })
  await page.locator('.collect-success').waitFor()
  hold((await page.title()).includes('12.34'), 'the till says what came')
  await page.evaluate(() => sessionStorage.clear())
}

/** refundLast gives back what was collected last. */
async function refundLast(page) {
  await page.locator('.collect-last .ant-btn:not(.ant-btn-dangerous)').first().click()
  await page.locator('.ant-modal-footer .ant-btn-dangerous').click()
  await page.locator('.answered').waitFor()
}

async function transfer(page) {
  await openFirst(page)
  await page.locator('.detail-actions button').nth(1).click()
  await page.locator('#new-owner').waitFor()
}

async function moveMerchant(page) {
  await openFirst(page)
  await page.locator('.detail section button').last().click()
  await page.locator('#agent').click()
  await page.locator('.ant-select-item-option').first().waitFor()
}

/** addPictures adds one more than a message takes, and takes one back. */
async function addPictures(page) {
  await openFirst(page)
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const files = [1, 2, 3, 4, 5, 6, 7].map((number) => ({ name: `${number}.png`, mimeType: 'image/png', buffer: picture }))
  await page.locator('.upload input[multiple]').setInputFiles(files)
  await page.locator('.upload-list .upload-fault').waitFor()
  hold((await page.locator('.upload-list li').count()) === 7, 'every file that was chosen is listed')
  await page.locator('.upload-list button').first().click()
  hold((await page.locator('.upload-list li').count()) === 6, 'a picture may be taken back')
  await page.locator('.upload-list li').last().scrollIntoViewIfNeeded()
}

async function previewFile(page) {
  await page.locator('input[type=file]').setInputFiles({ name: 'merchants.csv', mimeType: 'text/csv', buffer: Buffer.from('kind,name') })
  await page.locator('.rows li').first().waitFor()
}

async function takeFile(page) {
  await previewFile(page)
  await page.locator('.card .ant-btn-primary').click()
  await page.locator('.ant-progress').waitFor()
}

async function showPicture(page) {
  await page.locator('.rows .gap-top button').first().click()
  await page.locator('img.picture').scrollIntoViewIfNeeded()
}

async function reportFirst(page) {
  await openFirst(page)
  await page.locator('.detail-actions button').last().click()
  await page.locator('.ant-modal .ant-form').waitFor()
}

async function showTicketPicture(page) {
  await openFirst(page)
  await page.locator('.said button').first().click()
  await page.locator('img.picture').waitFor()
}

async function enterComponent(page) {
  await openFirst(page)
  await page.locator('.detail section .ant-btn-primary').click()
  await page.locator('#component').waitFor()
}

async function lookAtLines(page) {
  await page.locator('.card-head button').click()
  await page.locator('#lines').fill('6299990000\n6211\n6212')
  await page.locator('.ant-modal .ant-btn-primary').click()
  await page.locator('.line-added').first().waitFor()
}

async function review(page) {
  await openFirst(page)
  await page.locator('.detail-actions a').click()
  await page.locator('.compare').waitFor()
}

async function sendBack(page) {
  await review(page)
  await page.locator('.remark input:visible').first().fill('请重新拍照')
  await page.locator('.detail-actions button').nth(2).click()
  await page.locator('.ant-modal').waitFor()
}

async function quote(page) {
  await page.locator('.offers button.ant-btn').first().click()
  await page.locator('#store').waitFor()
}

async function proveAgain(page) {
  await decide(page)
  await page.locator('.ant-modal .ant-btn-dangerous').click()
  await page.locator('#secret').waitFor()
  // The dialog lies above another one and takes the focus from it.
  await page.waitForFunction(() => document.activeElement?.id === 'secret', undefined, { timeout: patience, polling: 50 })
}

/** oneTimeCode computes the code of this moment (RFC 6238). */
function oneTimeCode(key) {
  const bits = [...key.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', secret).update(step).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const faults = []
let seen = 0

/** follow reports what the page complains of. A refusal that was provoked is no complaint. */
function follow(page, where) {
  const expected = /status of 40[134]|status of 422/
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !expected.test(message.text())) {
      faults.push(`${where()}: console: ${message.text()}`)
    }
  })
  page.on('pageerror', (error) => faults.push(`${where()}: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(options.base) && !/^(data|blob):/.test(request.url())) faults.push(`${where()}: asks ${request.url()}`)
  })
}

/** settled waits until nothing is on its way any more. */
async function settled(page) {
  await page.waitForFunction(
    () =>
      document.querySelector('#root')?.childElementCount &&
      !document.querySelector('.loading, .ant-skeleton, [aria-busy="true"]') &&
      document.getAnimations().every((animation) => animation.playState !== 'running' || animation.effect?.getTiming().iterations === Infinity),
    undefined,
    { timeout: patience, polling: 50 },
  )
}

async function look(page, where, shot) {
  await settled(page)
  seen++
  // A menu stands far outside until it is measured.
  const fits = () => document.documentElement.scrollWidth <= innerWidth
  await page.waitForFunction(fits, undefined, { timeout: 3_000, polling: 50 }).catch(() => undefined)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (overflow > 0) {
    const out = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth).pop()?.outerHTML.slice(0, 200))
    faults.push(`${where}: is ${overflow} px wider than the window\n    ${out}`)
  }
  const bare = await page.evaluate(() => document.body.innerText.match(/\b[a-z]+(_[a-z]+)*\.[a-z]+_[a-z_]+\b/g) ?? [])
  for (const key of bare) faults.push(`${where}: shows the key ${key}`)
  await page.evaluate(axe)
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), rules)
  for (const { id, help, nodes } of violations) {
    for (const node of nodes.slice(0, 3)) {
      faults.push(`${where}: ${id}: ${help}\n    ${node.html.slice(0, 200)}\n    ${node.failureSummary.replaceAll('\n', ' ').slice(0, 300)}`)
    }
  }
  if (options.shots) await page.screenshot({ path: shot })
}

async function visit(context, side, stops, { lang, theme, width }) {
  const page = await context.newPage()
  let where = side
  follow(page, () => where)
  for (const stop of stops) {
    if (options.only && !`${side}/${stop.at}`.includes(options.only)) continue
    const name = [side, stop.at.replace(/\W+/g, '-') || 'home', stop.name, lang, theme, width].filter(Boolean).join('_')
    where = name
    try {
      await page.goto(`${options.base}/${side}/${stop.at}`)
      await settled(page)
      await stop.act?.(page)
      await look(page, name, path.join(options.shots ?? '.', `${name}.png`))
    } catch (error) {
      faults.push(`${name}: ${error.message.split('\n')[0]}`)
      if (options.shots) await page.screenshot({ path: path.join(options.shots, `${name}_failed.png`) })
    }
  }
  await page.close()
}

/** signIn goes through the log-in page by keyboard, from a deep link, and comes back to it. */
async function signIn(browser, side, login) {
  const context = await browser.newContext({ viewport: widths.desktop, locale: 'zh-CN' })
  const page = await context.newPage()
  follow(page, () => `${side}: signing in`)
  const link = `${options.base}/${side}/account/sessions`
  await page.goto(link)
  await page.locator('#login').waitFor()
  await page.keyboard.type(login)
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  const arrived = page.waitForURL(link, { timeout: patience })
  const second = page.locator('#code').waitFor({ timeout: patience }).then(() => 'code')
  second.catch(() => undefined) // where no second factor is asked
  if ((await Promise.race([arrived, second])) === 'code') {
    await page.keyboard.type(process.env.YIFEN_TOTP ? oneTimeCode(process.env.YIFEN_TOTP) : '123456')
    await page.keyboard.press('Enter')
    await arrived
  }
  await settled(page)
  const state = await context.storageState()
  await context.close()
  return state
}

/** hold notes a promise that is not kept. */
function hold(kept, promise) {
  if (!kept) faults.push(`behavior: ${promise}`)
}

/** behave tries what pictures do not show, on the list of the trail. */
async function behave(browser, storageState) {
  const context = await browser.newContext({ viewport: widths.desktop, storageState, locale: 'zh-CN', reducedMotion: 'reduce' })
  const page = await context.newPage()
  follow(page, () => 'behavior')
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href') ?? '')
  const drawer = page.locator('.ant-drawer-body')
  await page.goto(`${options.base}/console/audit`)
  await settled(page)

  await page.keyboard.press('Tab')
  hold(await page.evaluate(() => document.activeElement?.className === 'skip'), 'the first Tab leads to the skip link')
  await page.keyboard.press('Enter')
  hold(await page.evaluate(() => document.activeElement?.id === 'main'), 'the skip link leads to the content')

  await page.locator('.row-link').first().focus()
  await page.keyboard.press('ArrowDown')
  const second = await focused()
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowUp')
  hold((await focused()) !== second, 'the arrow keys move between rows')
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  hold((await focused()) === second, 'Home leads to the first row')
  await page.keyboard.press('Enter')
  await drawer.waitFor()
  hold(page.url().endsWith(second.split('?')[1]), 'the opened row stands in the address')
  await page.reload()
  await drawer.waitFor()
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  hold(!page.url().includes('open='), 'Escape closes the row')
  hold((await focused()) === second, 'the focus returns to the row that was open')

  await page.locator('search input').first().fill('login')
  await page.keyboard.press('Enter')
  await page.waitForURL(/action=login/)
  await settled(page)
  const older = page.locator('nav button').last()
  if (await older.isEnabled()) {
    await older.click()
    await page.waitForURL(/action=login.*cursor=/)
    await page.goBack()
    await page.waitForURL((url) => !url.search.includes('cursor='))
    hold(page.url().includes('action=login'), 'going back keeps the filter')
  }

  await page.locator('.top .ant-dropdown-trigger').first().click()
  await page.getByRole('menuitem', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Audit trail' }).waitFor()
  hold((await page.evaluate(() => document.documentElement.lang)) === 'en', 'the language of the page is declared')
  hold((await page.title()).startsWith('Audit trail'), 'the window is named after the page')
  await context.close()
}

/** fallSilent lets time go by while nobody touches the page. */
async function fallSilent(browser, storageState) {
  const context = await browser.newContext({ viewport: widths.desktop, storageState, locale: 'zh-CN', reducedMotion: 'reduce' })
  const page = await context.newPage()
  follow(page, () => 'silence')
  await page.clock.install()
  await page.goto(`${options.base}/console/audit`)
  await page.locator('.row-link').first().waitFor()
  await page.clock.fastForward('10:00')
  await page.keyboard.press('Shift')
  await page.clock.fastForward('10:00')
  hold(!page.url().includes('/login'), 'who uses the page stays signed in')
  await page.clock.fastForward('16:00')
  await page.locator('#login').waitFor()
  hold(page.url().includes('to=%2Faudit'), 'after a quarter of an hour of silence the session ends, and the log-in leads back')
  await context.close()
}

if (options.shots) mkdirSync(options.shots, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
try {
  const people = [
    ['console', options.as ?? 'admin@demo.yifen', before.console, inside.console],
    ['portal', 'owner@demo.yifen', before.portal, inside.portal],
    ['portal', 'agent@demo.yifen', [], agents],
  ]
  for (const [side, login, outer, inner] of people) {
    const state = await signIn(browser, side, login)
    if (side === 'console' && !options.only) {
      await behave(browser, state)
      await fallSilent(browser, await signIn(browser, side, login)) // in a session of its own, which it ends
    }
    await Promise.all(
      looks.map(async (chosen) => {
        const settings = { viewport: widths[chosen.width], hasTouch: chosen.width === 'phone', reducedMotion: 'reduce' }
        for (const [stops, storageState] of [
          [outer, undefined],
          [inner, state],
        ]) {
          const context = await browser.newContext({ ...settings, storageState })
          await context.addInitScript(
            ([lang, theme]) => {
              localStorage.setItem('yifen.lang', lang)
              localStorage.setItem('yifen.theme', theme)
            },
            [chosen.lang, chosen.theme],
          )
          await visit(context, side, stops, chosen)
          await context.close()
        }
      }),
    )
  }
} finally {
  await browser.close()
}
console.log(`${seen} views of pages, ${faults.length} faults`)
for (const fault of faults) console.log(fault)
process.exit(faults.length > 0 || seen === 0 ? 1 : 0)
