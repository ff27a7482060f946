"use strict";
// The page draws what GET /phone/state says and sends what the payer does; the wallets decide.

const words = {
  zh: {
    bench: "工作台", title: "付款人的手机", terminal: "刷卡终端", which: "哪个钱包", does: "手机功能", balance: "余额", webFrame: "商户的付款页",
    wechat: "微信支付", alipay: "支付宝", unionpay: "云闪付", wechatGlyph: "微", alipayGlyph: "支", unionpayGlyph: "云",
    asksTitle: "请输入支付密码", pin: "6 位数字，演示中任意输入", giveUp: "放弃", enterPin: "确认付款",
    scan: "扫一扫", content: "码的内容", take: "扫这个码", picture: "拍照或选图片", camera: "打开摄像头", stop: "关闭摄像头",
    nearby: "附近的收款码", noNearby: "还没有商户出示这个钱包的码。", confirm: "确认付款", price: "金额（元）", anyPrice: "金额由你填", sign: "店里的台卡", priceWrong: "请填金额，例如 12.50", to: "付给", pay: "付款", refuse: "拒绝", leave: "先不付",
    done: "完成", code: "付款码", turnsOut: "这个码被扫后", ok: "直接付款", password: "需要密码", poor: "余额不足", expired: "已过期", renew: "换一个码", copy: "复制数字",
    paid: "账单", noPaid: "这个钱包还没有付过款。", more: "优惠与网络", moreShort: "更多", coupons: "优惠券",
    noCoupons: "没有优惠券。下一笔够额的付款会自动用最早的一张。", funder: "谁出钱", provider: "钱包", merchant: "商家", worth: "面额（元）", give: "领一张",
    network: "网络", online: "手机有网络", onlineHow: "关掉后仍能付款，但商户收不到通知，只有主动查询才知道。", close: "关闭",
    how: "怎么用", how1: "商户出示码：复制码的内容、拍照，或从「附近的收款码」里点一个，再决定付不付。",
    how2: "商户扫你：打开「付款码」，把数字、条码或二维码给终端或收银台扫。可以让它要密码、余额不足或过期。",
    how3: "静态码的网页在手机自带的浏览器里打开，像在微信、支付宝或云闪付里一样。",
    how4: "程序用同一部手机：POST /phone/scan、/phone/code、/phone/password。",
    fake: "钱是模拟的，钱包也是：它们和真的说同一种协议，账记在演示目录里。",
    gone: "连不上演示：它可能已停止。请重新运行 yifen demo，此页面会自动恢复。", offline: "无网络",
    success: "付款成功", failed: "付款失败", refused: "已拒绝，没有付款", left: "没有付款，码还可以再扫", over: "这笔已结束，不能再付", saved: "优惠 ", paidFull: "原价 ",
    codeLeft: "{n} 秒后失效", codeOver: "已失效，请换一个码", bar: "条形码 {n}", qr: "二维码 {n}", copied: "已复制", copyFailed: "无法复制：请选中数字复制",
    other: "这是{w}的码，已换到{w}", refundedPart: "已退 {n}", unpaidCoupon: "付款时自动使用优惠券", noCamera: "无法使用摄像头：请改用拍照或图片",
    seeing: "正在识别……", gaveUp: "已放弃，没有付款", couponGiven: "优惠券已领取",
  },
  en: {
    bench: "bench", title: "Payer's phone", terminal: "Card terminal", which: "which wallet", does: "what the phone does", balance: "Balance", webFrame: "the merchant's payment page",
    wechat: "WeChat Pay", alipay: "Alipay", unionpay: "UnionPay", wechatGlyph: "W", alipayGlyph: "A", unionpayGlyph: "U",
    asksTitle: "Enter the payment password", pin: "6 digits, any in the demo", giveUp: "Give up", enterPin: "Pay",
    scan: "Scan", content: "What the code holds", take: "Scan this code", picture: "Photo or picture", camera: "Open the camera", stop: "Close the camera",
    nearby: "Codes nearby", noNearby: "No merchant shows a code of this wallet yet.", confirm: "Pay this?", price: "Amount (CNY)", anyPrice: "you say how much", sign: "printed code", priceWrong: "Enter an amount such as 12.50", to: "To", pay: "Pay", refuse: "Refuse", leave: "Not now",
    done: "Done", code: "My code", turnsOut: "When it is scanned", ok: "it pays at once", password: "it asks for the password", poor: "there is no money", expired: "it has expired", renew: "New code", copy: "Copy digits",
    paid: "Paid", noPaid: "This wallet has paid nothing yet.", more: "Coupons and network", moreShort: "More", coupons: "Coupons",
    noCoupons: "No coupons. The next payment that is large enough takes the oldest by itself.", funder: "Paid for by", provider: "the wallet", merchant: "the merchant", worth: "Amount (CNY)", give: "Take one",
    network: "Network", online: "The phone has a network", onlineHow: "Without it the phone still pays, but the merchant is not notified and learns of it only by asking.", close: "Close",
    how: "How it works", how1: "The merchant shows a code: paste what it holds, take a photo of it, or pick it from the codes nearby; then pay or do not.",
    how2: "The merchant scans you: open “My code” and have its digits, bars or squares scanned by a terminal or a till. It can ask for the password, have no money or be too old.",
    how3: "The page of a static code opens in the phone's own browser, as it does inside WeChat, Alipay or UnionPay.",
    how4: "Programs use the same phone: POST /phone/scan, /phone/code, /phone/password.",
    fake: "The money is simulated, and so are the wallets: they speak the protocols of the real ones and keep their books in the demo's directory.",
    gone: "The demo cannot be reached: it may have stopped. Run yifen demo again; this page goes on by itself.", offline: "no network",
    success: "Paid", failed: "Payment failed", refused: "Refused: nothing was paid", left: "Nothing was paid; the code can be scanned again", over: "This order is over and cannot be paid", saved: "Coupon ", paidFull: "Price ",
    codeLeft: "good for {n} s", codeOver: "Expired: take a new code", bar: "bar code {n}", qr: "QR code {n}", copied: "Copied", copyFailed: "Cannot copy: select the digits",
    other: "This is a code of {w}: switched to {w}", refundedPart: "{n} refunded", unpaidCoupon: "A coupon is used by itself", noCamera: "No camera can be used: take a photo or a picture instead",
    seeing: "Reading ...", gaveUp: "Given up: nothing was paid", couponGiven: "The coupon is on the phone",
  },
};

const codeSeconds = 60; // that the wallets take a payment code for
const every = 1500; // milliseconds between two looks at the wallet
const $ = (id) => document.getElementById(id);
let lang = navigator.language.startsWith("zh") ? "zh" : "en";
let wallet = new URLSearchParams(location.search).get("wallet") || "wechat";
let view = "scan";
let back = "scan"; // where Done leads
let state = null;
let drawn = ""; // the state that is on the page
let order = null; // that was scanned
let mine = null; // the payment code that is shown: {code, wallet, until, settled}
let asked = null; // the order whose password is asked for
let outcome = null; // what the result says: {key, order, bad}
let page = ""; // address of the product's page that is open
let sayKey = null;

const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replaceAll("{" + name + "}", value), words[lang][key]);
const yuan = (fen) => "¥" + (fen / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

function time(at) {
  return new Date(at).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", { timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
}

// tell says something in the page's language, in which it stays when that changes.
function tell(key, values) {
  sayKey = key && { key, values };
  $("said").textContent = key ? say(key, typeof values === "function" ? values() : values) : "";
}

// wrong says what the server said, in both languages.
function wrong(said) {
  sayKey = { said };
  $("said").textContent = said[lang] || said.error;
}

// ask sends something to the phone and returns its answer, or null where it was refused, which it says.
async function ask(path, body) {
  try {
    const raw = body instanceof Blob;
    const r = await fetch("/phone/" + path, { method: "POST", headers: raw ? {} : { "Content-Type": "application/json" }, body: raw ? body : JSON.stringify(body) });
    const said = await r.json();
    if (r.ok) return said;
    wrong(said);
  } catch {
    wrong({ zh: words.zh.gone, en: words.en.gone });
  }
  return null;
}

// --- views ---

// show turns to a view, and moves the focus to its name unless the page has just opened.
function show(name, quiet) {
  if (view === "scan" && name !== "scan") stopCamera();
  view = name;
  for (const s of document.querySelectorAll("[data-view]")) s.hidden = s.dataset.view !== name;
  for (const b of document.querySelectorAll("nav [data-go]")) {
    if (b.dataset.go === name) b.setAttribute("aria-current", "page");
    else b.removeAttribute("aria-current");
  }
  $("screen").scrollTop = 0;
  if (!quiet) document.querySelector(`[data-view="${name}"] h3`).focus({ preventScroll: true });
}

function go(name) {
  tell("");
  if (name !== "code") mine = null;
  show(name);
  if (name === "code") renew();
}

// choose takes another wallet: what was scanned with the old one is put away, unless it is what leads to the new one.
function choose(name, leads = false) {
  if (name === wallet) return;
  wallet = name;
  state = null;
  drawn = "";
  mine = null;
  tell("");
  speak();
  if (view === "code") renew();
  else if (view === "web" && !leads) browse(page);
  else if (!["scan", "paid", "more", "web"].includes(view)) show("scan", true);
  look();
}

// speak writes everything on the page in its language.
function speak() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = "yifen " + say("title");
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = say(e.dataset.t);
  for (const e of document.querySelectorAll("[data-aria]")) e.setAttribute("aria-label", say(e.dataset.aria));
  for (const e of document.querySelectorAll("[data-title]")) e.title = say(e.dataset.title);
  $("lang").textContent = lang === "zh" ? "English" : "中文";
  $("lang").lang = lang === "zh" ? "en" : "zh-CN";
  $("phone").dataset.wallet = wallet;
  drawWallets();
  if (sayKey?.said) wrong(sayKey.said);
  else if (sayKey) tell(sayKey.key, sayKey.values);
  drawn = "";
  draw();
  drawOrder();
  drawResult();
  drawCode();
}

function drawWallets() {
  const focused = document.activeElement?.dataset?.wallet;
  $("wallets").replaceChildren(...(state?.wallets || [wallet]).map((name) => {
    const b = element("button");
    b.type = "button";
    b.dataset.wallet = name;
    b.setAttribute("aria-pressed", String(name === wallet));
    const glyph = element("span", "glyph", say(name + "Glyph"));
    glyph.setAttribute("aria-hidden", "true");
    b.append(glyph, element("span", "", say(name)));
    b.addEventListener("click", () => choose(name));
    return b;
  }));
  if (focused) document.querySelector(`#wallets [data-wallet="${focused}"]`)?.focus();
}

// --- what the wallet says ---

let looking = 0;

// look fetches the state of the wallet and draws it.
async function look() {
  const turn = ++looking;
  let next;
  try {
    const r = await fetch("/phone/state?" + new URLSearchParams({ wallet, code: mine?.code || "" }));
    next = await r.json();
    if (!r.ok) throw next;
  } catch (said) {
    if (turn !== looking) return;
    if (said.error === "wallet" && wallet !== "wechat") return choose("wechat");
    trouble(said.error ? said[lang] : say("gone"));
    return;
  }
  if (turn !== looking) return;
  trouble("");
  const first = !state;
  state = next;
  if (first) drawWallets();
  draw();
  follow();
}

function trouble(text) {
  $("trouble").hidden = !text;
  $("phone").inert = Boolean(text);
  if ($("trouble").textContent !== text) $("trouble").textContent = text;
}

// follow asks for the password where one is waited for, and tells what became of the code that is shown.
function follow() {
  const waiting = state.asked[0] || null;
  const other = waiting?.number !== asked?.number;
  asked = waiting;
  if (other) {
    $("asks").hidden = !asked;
    $("pin").value = "";
    drawAsked();
    if (asked && view === "code") $("pin").focus();
  }
  const used = state.shown;
  if (!mine || !used || mine.settled || used.asked) return;
  mine.settled = true;
  const end = used.paid > 0 ? { key: "success", order: used } : { key: "failed", order: used, bad: true };
  mine = null;
  result(end, "code");
}

function drawAsked() {
  if (!asked) return;
  $("asks-name").textContent = asked.name;
  $("asks-amount").textContent = yuan(asked.total);
}

// about says what an order is for, and its number.
const about = (o) => [o.description === o.name ? "" : o.description, o.number].filter(Boolean).join(" · ");

function rows(list, one) {
  return list.map((item) => {
    const li = element("li");
    li.append(one(item));
    return li;
  });
}

function line(into, left, right, below, beside) {
  into.append(element("span", "", left), element("b", "", right), element("small", "", below), element("small", "", beside));
  return into;
}

function draw() {
  const now = JSON.stringify([lang, wallet, state]);
  if (now === drawn) return;
  drawn = now;
  $("wallet-name").textContent = say(wallet) + (state?.offline ? " · " + say("offline") : "");
  $("signal").textContent = state?.offline ? say("offline") : "5G";
  $("signal").className = state?.offline ? "off" : "";
  $("balance").textContent = state ? yuan(state.balance) : "—";
  if (!state) return;
  $("online").checked = !state.offline;
  const focused = document.activeElement?.dataset?.content;
  const shown = (content, ...texts) => {
    const b = line(element("button"), ...texts);
    b.type = "button";
    b.dataset.content = content;
    b.addEventListener("click", () => take(content));
    return b;
  };
  $("nearby").replaceChildren(
    ...rows(state.nearby, (o) => shown(o.content, o.name, o.priceless ? say("anyPrice") : yuan(o.total), o.description, time(o.at))),
    ...rows(state.signs, (s) => shown(s.content, s.name, say("anyPrice"), s.place, say("sign"))),
  );
  if (focused) document.querySelector(`[data-content="${CSS.escape(focused)}"]`)?.focus();
  $("no-nearby").hidden = state.nearby.length + state.signs.length > 0;
  $("paid").replaceChildren(...rows(state.paid, (o) =>
    line(element("div"), o.name, "−" + yuan(o.paid), about(o), o.refunded ? say("refundedPart", { n: yuan(o.refunded) }) : time(o.at))));
  $("no-paid").hidden = state.paid.length > 0;
  $("coupons").replaceChildren(...rows(state.coupons, (c) => line(element("div"), say(c.funder), yuan(c.amount), c.id, "")));
  $("no-coupons").hidden = state.coupons.length > 0;
  drawAsked();
}

// --- scanning ---

// take scans what a code holds.
async function take(content) {
  content = content.trim();
  tell("");
  const sight = await ask("look", { content });
  if (!sight) return;
  if (sight.page) return browse(content);
  back = view === "web" ? "web" : "scan";
  if (sight.order.wallet !== wallet) {
    const name = sight.order.wallet;
    choose(name, true);
    tell("other", () => ({ w: say(name) }));
  }
  order = { ...sight.order, content }; // as it was read: a page's is signed
  if (!order.open) {
    result({ key: order.paid ? "success" : "over", order, bad: !order.paid }, back);
    return;
  }
  $("price-field").value = $("content").value = "";
  show("order");
  drawOrder();
  if (order.priceless) $("price-field").focus();
}

function drawOrder() {
  if (!order) return;
  $("order-name").textContent = order.name;
  $("order-amount").textContent = yuan(order.total);
  $("order-amount").hidden = order.priceless;
  $("price").hidden = !order.priceless;
  $("order-what").textContent = about(order);
  $("order-coupon").hidden = !state?.coupons.some((c) => order.total > c.amount && order.total >= c.minimum);
  $("order-coupon").textContent = say("unpaidCoupon");
}

async function act(what) {
  const was = order, field = $("price-field");
  const amount = was.priceless && what === "pay" ? Math.round(Number(field.value) * 100) : 0;
  if (was.priceless && what === "pay" && !(amount > 0 && field.checkValidity())) {
    tell("priceWrong");
    field.focus();
    return;
  }
  const said = await ask("scan", { wallet: was.wallet, content: was.content, act: what, amount });
  if (!said) return;
  const now = (await ask("look", { content: was.content }))?.order || was;
  if (back === "web") $("web").contentWindow?.postMessage({ phone: "said", paid: now.paid > 0 }, location.origin);
  if (now.paid > 0) result({ key: "success", order: now }, back);
  else {
    show(back === "web" ? "web" : "scan");
    tell(what === "refuse" ? "refused" : now.open ? "left" : "over");
  }
  look();
}

function result(what, then) {
  tell("");
  outcome = what;
  back = then;
  show("result");
  drawResult();
}

function drawResult() {
  if (!outcome) return;
  const { key, order: o, bad } = outcome;
  $("mark").textContent = bad ? "!" : "✓";
  $("mark").className = bad ? "bad" : "good";
  $("t-result").textContent = say(key);
  $("result-amount").textContent = yuan(o.paid || o.total);
  const cut = o.paid && o.paid < o.total ? [say("paidFull") + yuan(o.total), say("saved") + yuan(o.total - o.paid)] : [];
  $("result-what").textContent = [o.name, o.description === o.name ? "" : o.description, ...cut].filter(Boolean).join(" · ");
}

function finish() {
  outcome = null;
  if (back === "code") go("code");
  else show(back);
}

// --- pictures and the camera ---

async function readPicture(blob, quiet) {
  if (window.BarcodeDetector) {
    try {
      const found = await new BarcodeDetector().detect(await createImageBitmap(blob));
      if (found.length) return found[0].rawValue;
    } catch { /* the server looks, too */ }
  }
  if (!quiet) tell("seeing");
  if (!quiet) return (await ask("picture", blob))?.content;
  const r = await fetch("/phone/picture", { method: "POST", body: blob });
  return r.ok ? (await r.json()).content : "";
}

async function takePicture(blob) {
  const content = await readPicture(blob, false);
  if (!content) return;
  $("content").value = content;
  take(content);
}

let stream = null;

async function startCamera() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    tell("noCamera");
    return;
  }
  const mineStream = stream, video = $("video");
  video.srcObject = stream;
  $("finder").hidden = false;
  $("camera").hidden = true;
  await video.play().catch(() => undefined);
  const canvas = document.createElement("canvas");
  while (stream === mineStream) {
    await pause(350);
    if (!video.videoWidth || stream !== mineStream) continue;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    const content = await readPicture(blob, true).catch(() => "");
    if (content && stream === mineStream) {
      stopCamera();
      $("content").value = content;
      take(content);
    }
  }
}

function stopCamera() {
  for (const track of stream?.getTracks() || []) track.stop();
  stream = null;
  $("video").srcObject = null;
  $("finder").hidden = true;
  $("camera").hidden = !navigator.mediaDevices?.getUserMedia;
}

// --- my code ---

let renewals = 0; // the last code that was asked for counts

async function renew() {
  const turn = ++renewals;
  mine = null;
  drawCode();
  const kind = $("turns-out").value;
  const said = await ask("code", { wallet, state: kind });
  if (!said || turn !== renewals || view !== "code") return;
  mine = { code: said.code, until: Date.now() + (kind === "expired" ? 0 : codeSeconds * 1000) };
  drawCode();
}

function drawCode() {
  $("card").hidden = !mine;
  $("copy").disabled = !mine;
  if (!mine) return;
  const { code } = mine;
  if ($("card").dataset.code !== code) {
    $("card").dataset.code = code;
    $("bar").src = `/phone/codes/${code}/bar.png`;
    $("qr").src = `/phone/codes/${code}/qr.png`;
  }
  $("bar").alt = say("bar", { n: code });
  $("qr").alt = say("qr", { n: code });
  $("digits").textContent = code.match(/.{1,4}/g).join(" ");
  tick();
}

// tick counts down what is left of the code.
function tick() {
  $("clock").textContent = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (!mine) return;
  const left = Math.ceil((mine.until - Date.now()) / 1000);
  $("card").classList.toggle("over", left <= 0);
  $("life").textContent = left > 0 ? say("codeLeft", { n: left }) : say("codeOver");
}

async function enterPassword(refuse) {
  const was = asked;
  const said = await ask("password", { code: was.code, refuse });
  if (said && mine?.code === was.code) mine.settled = true;
  if (said && refuse) tell("gaveUp");
  if (said && !refuse) {
    const from = view === "code" ? "code" : view === "result" || view === "order" ? "scan" : view;
    mine = null;
    await look();
    const now = state?.paid.find((o) => o.number === was.number);
    if (now) result({ key: "success", order: now }, from);
    return;
  }
  if (said && view === "code") renew();
  look();
}

// --- the browser ---

function browse(content) {
  page = content;
  $("t-web").textContent = new URL(content).pathname;
  $("web").src = "/phone/open?" + new URLSearchParams({ wallet, content });
  show("web");
}

function closePage() {
  page = "";
  $("web").removeAttribute("src");
  show("scan");
}

// A page of the product hands over links into a wallet.
addEventListener("message", (e) => {
  if (e.origin !== location.origin || e.source !== $("web").contentWindow || e.data?.phone !== "scan") return;
  take(String(e.data.content));
});

// --- the page ---

function begin() {
  for (const b of document.querySelectorAll("nav [data-go]")) b.addEventListener("click", () => go(b.dataset.go));
  for (const b of document.querySelectorAll("[data-act]")) b.addEventListener("click", () => act(b.dataset.act));
  $("lang").addEventListener("click", () => {
    lang = lang === "zh" ? "en" : "zh";
    speak();
  });
  $("scan-form").addEventListener("submit", (e) => {
    e.preventDefault();
    take($("content").value);
  });
  $("price-field").addEventListener("keydown", (e) => { if (e.key === "Enter") act("pay"); });
  $("content").addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey) return; // a scanner that types ends with Enter
    e.preventDefault();
    $("scan-form").requestSubmit();
  });
  $("file").addEventListener("change", (e) => {
    if (e.target.files.length) takePicture(e.target.files[0]);
    e.target.value = "";
  });
  addEventListener("keydown", (e) => { // one step back
    if (e.key !== "Escape") return;
    if (view === "order") show(back);
    else if (view === "result") finish();
    else if (view === "web") closePage();
  });
  addEventListener("paste", (e) => {
    const picture = [...(e.clipboardData?.files || [])].find((f) => f.type.startsWith("image/"));
    if (!picture || view !== "scan") return;
    e.preventDefault();
    takePicture(picture);
  });
  $("camera").addEventListener("click", startCamera);
  $("camera-stop").addEventListener("click", stopCamera);
  $("turns-out").addEventListener("change", renew);
  $("renew").addEventListener("click", renew);
  $("copy").addEventListener("click", () => navigator.clipboard.writeText(mine.code).then(() => tell("copied"), () => tell("copyFailed")));
  $("result-done").addEventListener("click", finish);
  $("asks-form").addEventListener("submit", (e) => {
    e.preventDefault();
    enterPassword(false);
  });
  $("asks-refuse").addEventListener("click", () => enterPassword(true));
  $("web-close").addEventListener("click", closePage);
  $("coupon-form").addEventListener("submit", async (e) => {
    e.preventDefault();
    const given = await ask("coupon", { wallet, funder: $("funder").value, amount: Math.round(Number($("worth").value) * 100) });
    if (given) tell("couponGiven");
    look();
  });
  $("online").addEventListener("change", async () => {
    await ask("network", { on: $("online").checked });
    look();
  });
  stopCamera();
  show("scan", true);
  speak();
  setInterval(tick, 500);
  setInterval(() => { if (!document.hidden) look(); }, every);
  addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  look();
}

begin();
