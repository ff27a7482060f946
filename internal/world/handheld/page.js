"use strict";
// The page draws what GET /pos/{terminal}/state says and sends keys and cards; it decides nothing.

const words = {
  zh: {
    bench: "工作台", title: "刷卡终端", which: "哪台终端", device: "刷卡终端", swipe: "刷卡", tap: "挥卡 · 碰一碰", wave: "挥卡", insert: "插卡",
    letters: "字母", cancel: "取消", clear: "清除", enter: "确认", up: "上", down: "下", before: "前一页", after: "后一页", off: "已关机", power: "开机",
    tray: "卡片和手机", hand: "手里的卡", back: "放回", stack: "签购单", tear: "撕纸",
    hint: "把卡拖到终端的卡槽上；或先点卡，再点卡槽。演示卡密码 123456。",
    hintAsks: "终端要卡：把一张卡拖到亮起的卡槽，或先点卡，再点卡槽。密码 123456。",
    hintPaper: "签购单打出来了：点纸，或按确认撕下。",
    empty: "还没有签购单。签到后按 1 消费，输入金额，确认，再出示一张卡。",
    inHand: "手里：", first: "请先点一张卡，再点卡槽", onSlot: "请拖到卡槽上：刷卡、插卡或挥卡", host: "主机的签购单（PNG）",
    merchant: "商户存根", cardholder: "持卡人存根", batch: "结算总计单", paperNo: "第 {n} 张",
    starting: "正在开机……", gone: "连不上演示：它可能已停止。请重新运行 yifen demo，此页面会自动恢复。",
    phone: "手机", keyLost: "没有送到终端：演示可能已停止",
    activate: "激活新终端", activateHow: "输入机身序列号和商户平台给出的 12 位激活码。终端会自动取得参数与主密钥并签到。",
    serial: "机身序列号", code: "激活码", close: "关闭", go: "激活", going: "正在激活……",
  },
  en: {
    bench: "bench", title: "Card terminal", which: "which terminal", device: "card terminal", swipe: "Swipe", tap: "Tap card or phone", wave: "Tap", insert: "Insert",
    letters: "Letters", cancel: "Cancel", clear: "Clear", enter: "Enter", up: "up", down: "down", before: "page back", after: "page on", off: "Switched off", power: "Switch on",
    tray: "Cards and phone", hand: "card in the hand", back: "Put back", stack: "Slips", tear: "Tear off",
    hint: "Drag a card onto a slot of the terminal, or click a card and then a slot. PIN of the demo cards: 123456.",
    hintAsks: "The terminal asks for a card: drag one onto a slot that is lit, or click a card and then a slot. PIN 123456.",
    hintPaper: "The slip is out: click the paper or press Enter to tear it off.",
    empty: "No slips yet. Sign on, press 1 for a sale, enter an amount, confirm, and present a card.",
    inHand: "In the hand: ", first: "Click a card first, then a slot", onSlot: "Drop it on a slot: swipe, insert or tap", host: "The host's receipt (PNG)",
    merchant: "merchant copy", cardholder: "cardholder copy", batch: "settlement", paperNo: "slip {n}",
    starting: "Switching on ...", gone: "The demo cannot be reached: it may have stopped. Run yifen demo again; this page goes on by itself.",
    phone: "Phone", keyLost: "That did not reach the terminal: the demo may have stopped",
    activate: "Activate a terminal", activateHow: "Enter the serial number on the device and the 12-digit code from the merchant portal. The terminal fetches its parameters and master key and signs in by itself.",
    serial: "Serial number on the device", code: "Activation code", close: "Close", go: "Activate", going: "Activating ...",
  },
};

const small = matchMedia("(max-width: 760px)");
const $ = (id) => document.getElementById(id);
const displayColumns = 40;
let lang = navigator.language.startsWith("zh") ? "zh" : "en";
let wanted = lang; // the language that the terminal is still to be switched to, or null
let terminal = "";
let terminals = [];
let cards = [];
let state = null;
let papers = [];
let drawn = ""; // the papers that are on the page
let hand = null; // the name of the card that was picked

const say = (key) => words[lang][key];

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

// A Chinese character takes two columns, as on the terminal.
function wide(code) {
  return (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe4f) ||
    (code >= 0xff00 && code <= 0xff60) || (code >= 0xffe0 && code <= 0xffe6);
}

const columns = (text) => [...text].reduce((n, c) => n + (wide(c.codePointAt(0)) ? 2 : 1), 0);

function cells(into, text) {
  for (const c of text) into.append(element("i", wide(c.codePointAt(0)) ? "w" : "", c));
}

function row(text, className) {
  const r = element("div", "row" + (className ? " " + className : ""));
  cells(r, text);
  return r;
}

// split cuts a line of the display before a column.
function split(line, column) {
  let n = 0, at = 0;
  for (const c of line) {
    if (n >= column) break;
    n += wide(c.codePointAt(0)) ? 2 : 1;
    at += c.length;
  }
  return n === column ? [line.slice(0, at), line.slice(at)] : [line, ""];
}

// menuRow is a line whose menu items can be touched: "1 sale" at its beginning or in its middle.
function menuRow(line, className) {
  const r = element("div", "row" + (className ? " " + className : ""));
  const [left, right] = split(line, displayColumns / 2);
  const item = /^([0-9Q]) [^\s0-9]/;
  const halves = item.test(right) && left.endsWith(" ") || item.test(left) && right.trim() === "" ? [left, right] : [line];
  for (const half of halves) {
    const match = item.exec(half);
    if (!match) {
      cells(r, half);
      continue;
    }
    const touch = element("span", "touch");
    touch.dataset.key = match[1];
    cells(touch, half.trimEnd());
    r.append(touch);
    cells(r, half.slice(half.trimEnd().length));
  }
  return r;
}

const marks = [[/^\[OK\]/, "good"], [/^(\[X\]|\[XX\])/, "bad"], [/^(\[\?\]|\[ !\]|[!！] ?)/, "warn"], [/^> /, "at"]];

function drawDisplay() {
  const lines = state.display || [];
  const rows = lines.slice(0, -1).map((line, i) => {
    if (i === 0) return row(line, "bar");
    if (i === 1) return row(line, "name");
    const mark = marks.find(([pattern]) => pattern.test(line));
    return menuRow(line, mark && mark[1]);
  });
  $("display").replaceChildren(...rows);
  const soft = lines.length ? lines[lines.length - 1] : "";
  for (const [id, key] of [["left", "Esc"], ["right", "Enter"]]) {
    const match = new RegExp("\\[" + key + " ([^\\]]+)\\]").exec(soft);
    $(id).firstElementChild.textContent = match ? match[1] : "";
  }
  // What is read out: everything but the clock, and of a countdown only its beginning.
  const body = lines.slice(1, -1).map((line) => line.trim()).filter(Boolean);
  const text = (state.off ? say("off") : body.join("\n"));
  const still = state.busy && $("said").dataset.busy === "1";
  if (!still && $("said").textContent !== text) $("said").textContent = text;
  $("said").dataset.busy = state.busy ? "1" : "0";
}

function draw() {
  const device = $("device");
  device.classList.toggle("loading", !state);
  device.setAttribute("aria-busy", String(!state || state.busy));
  if (!state) {
    $("display").replaceChildren(row(""), row(""), row(""), row("  " + say("starting")));
    $("said").textContent = say("starting");
    return;
  }
  device.classList.toggle("asks", state.asks);
  $("off").hidden = !state.off;
  $("hint").textContent = say(state.asks ? "hintAsks" : state.paper ? "hintPaper" : "hint");
  drawDisplay();
  drawPapers();
}

// speak writes everything on the page in its language.
function speak() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = "yifen " + say("title");
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = say(e.dataset.t);
  for (const e of document.querySelectorAll("[data-aria]")) e.setAttribute("aria-label", say(e.dataset.aria));
  $("lang").textContent = lang === "zh" ? "English" : "中文";
  $("lang").lang = lang === "zh" ? "en" : "zh-CN";
  $("which").replaceChildren(...terminals.map((t) => {
    const option = element("option", "", t.number + " " + t[lang]);
    option.value = t.number;
    option.selected = t.number === terminal;
    return option;
  }));
  drawCards();
  draw();
}

// --- papers ---

function sheet(paper) {
  const roll = element("div", "roll"), s = element("div", "sheet"), lines = element("div", "lines");
  lines.setAttribute("aria-hidden", "true");
  for (const line of paper.lines) lines.append(row(line));
  s.append(lines, element("pre", "vh", paper.lines.join("\n")));
  roll.append(s);
  return roll;
}

function drawPapers() {
  const out = state.paper && papers.length ? papers[0] : null;
  const torn = out ? papers.slice(1) : papers;
  const now = JSON.stringify([lang, out && out.number, torn.map((p) => [p.number, p.receipt])]);
  if (now === drawn) return;
  const before = drawn ? JSON.parse(drawn) : [lang, null, []];
  drawn = now;
  drawFeed(out, before);
  const known = new Set(before[2].map(([number]) => number));
  $("papers").replaceChildren(...torn.map((p) => {
    const li = element("li", known.has(p.number) ? "" : "fresh");
    li.setAttribute("aria-label", say("paperNo").replace("{n}", p.number) + ", " + say(p.copy));
    li.append(sheet(p));
    if (p.receipt) {
      const a = element("a", "", say("host"));
      a.href = p.receipt;
      a.target = "_blank";
      a.rel = "noopener";
      li.append(a);
    }
    return li;
  }));
  $("papers").hidden = torn.length === 0;
  $("empty").hidden = torn.length > 0;
}

function drawFeed(out, before) {
  const feed = $("feed");
  const hanging = feed.dataset.number;
  if (hanging && (!out || String(out.number) !== hanging)) { // it was torn off
    delete feed.dataset.number;
    feed.querySelector(".tear")?.remove();
    const old = feed.querySelector(".sheet");
    old.classList.add("torn");
    const next = () => { feed.replaceChildren(); hang(out, true); };
    if (getComputedStyle(old).animationName === "none") next();
    else old.addEventListener("animationend", next, { once: true });
    return;
  }
  hang(out, !hanging || before[0] !== lang);
}

function hang(out, anew) {
  const feed = $("feed");
  if (!out || (!anew && feed.dataset.number)) return;
  const again = feed.dataset.number === String(out.number);
  feed.dataset.number = out.number;
  const tear = element("button", "tear", say("tear"));
  tear.type = "button";
  const roll = sheet(out);
  if (again) roll.firstElementChild.style.animation = "none"; // only its language has changed
  roll.addEventListener("click", () => press("enter"));
  tear.addEventListener("click", () => press("enter"));
  feed.replaceChildren(tear, roll); // the column runs upwards
  if (!again) feed.scrollIntoView({ block: "nearest" });
}

let fetching = "";

async function fetchPapers() {
  const key = [terminal, lang, state.papers, state.paper].join();
  if (fetching === key) return;
  fetching = key;
  try {
    const r = await fetch(`/pos/${terminal}/paper?lang=${lang}`);
    if (!r.ok) throw new Error(r.status);
    const list = await r.json();
    if (fetching !== key) return;
    papers = list;
    draw();
  } catch {
    fetching = ""; // with the next state
  }
}

// --- the terminal ---

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function trouble(text) {
  $("trouble").hidden = !text;
  $("device").inert = Boolean(text);
  if (text && $("trouble").textContent !== text) $("trouble").textContent = text;
}

let watching = null;
let polls = 0; // how often the state was asked for
let believed = 0; // the first of them whose language counts

// watch follows the state of the terminal for as long as it is the one on the page.
async function watch() {
  watching?.abort();
  const mine = watching = new AbortController();
  let version = -1;
  wanted = lang; // a terminal that comes anew speaks as the page does
  believed = 0;
  while (!mine.signal.aborted) {
    const poll = ++polls;
    let r, body;
    try {
      r = await fetch(`/pos/${terminal}/state?version=${version}`, { signal: mine.signal });
      body = await r.json();
    } catch {
      if (mine.signal.aborted) return;
      trouble(say("gone"));
      wanted = lang;
      version = -1;
      await pause(2000);
      continue;
    }
    if (mine.signal.aborted) return;
    if (!r.ok) {
      trouble(body[lang]);
      version = -1;
      await pause(2000);
      continue;
    }
    trouble("");
    version = body.version;
    arrive(body, poll);
  }
}

function arrive(next, poll) {
  // On a small window the cards lie below the terminal: what is needed next comes into view.
  if (state && next.asks !== state.asks && small.matches) (next.asks ? $("cards") : document.querySelector(".glass")).scrollIntoView({ block: "nearest" });
  state = next;
  if (poll >= believed) agree();
  fetchPapers();
  draw();
}

// agree brings page and terminal to one language: that of the page where it was just changed here, else that of the
// terminal. What was asked for before a change says nothing about it.
function agree() {
  if (wanted === state.lang) wanted = null;
  if (wanted && !state.busy && !state.off) {
    believed = Infinity;
    press("f2").then(() => { believed = polls + 1; });
  } else if (!wanted && state.lang !== lang && !state.off) {
    lang = state.lang;
    speak();
  }
}

let line = Promise.resolve(); // keys arrive in the order in which they were pressed

function press(key) {
  if (key === "f1") return letters();
  if (key === "00") {
    press("0");
    return press("0");
  }
  line = line.then(() => send("press", { key }));
  return line;
}

async function send(what, body) {
  let r;
  try {
    r = await fetch(`/pos/${terminal}/${what}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    note(say("keyLost"));
    return false;
  }
  if (r.ok) return true;
  const why = await r.json().catch(() => null);
  note(why ? why[lang] : r.statusText);
  return false;
}

let noted = 0;

function note(text) {
  clearTimeout(noted);
  $("note").textContent = text;
  noted = setTimeout(() => { $("note").textContent = ""; }, 6000);
}

function letters() {
  const open = $("letters").hidden;
  $("letters").hidden = !open;
  document.querySelector("[data-key=f1]").setAttribute("aria-expanded", String(open));
}

// --- cards ---

const kinds = [[/^621626/, "debit"], [/^622638/, "credit"], [/^629998/, "prepaid"], [/^4/, "visa"]];

function kindOf(card) {
  if (card.phone) return "phone";
  if (/^(\d\d|silent|late)$/.test(card.name)) return "decline";
  return (kinds.find(([pattern]) => pattern.test(card.number)) || [])[1] || "debit";
}

function drawCards() {
  const focused = document.activeElement?.dataset?.card;
  $("cards").replaceChildren(...cards.map((c) => {
    const li = element("li"), b = element("button", "card " + kindOf(c));
    b.type = "button";
    b.dataset.card = c.name;
    b.setAttribute("aria-pressed", String(hand === c.name));
    const brand = element("span", "brand");
    brand.append(element("span", "", c.phone ? say("phone") : c.label || "UnionPay"), element("b", "", c.phone ? ")))" : c.name));
    b.append(brand, element("span", "number", c.number.replace(/\*+/, "****")), element("span", "what", c[lang]));
    li.append(b);
    return li;
  }));
  if (focused) document.querySelector(`[data-card="${CSS.escape(focused)}"]`)?.focus();
  drawHand();
}

function drawHand() {
  const card = cards.find((c) => c.name === hand);
  $("hand").hidden = !card;
  if (!card) return;
  $("hand").firstElementChild.textContent = say("inHand") + card[lang].split(/[，,：:]/)[0] + " *" + card.number.slice(-4);
  for (const b of $("hand").querySelectorAll("[data-give=swipe], [data-give=insert]")) b.hidden = card.phone;
}

function pick(name) {
  const last = hand;
  hand = hand === name ? null : name;
  for (const b of document.querySelectorAll("[data-card]")) b.setAttribute("aria-pressed", String(b.dataset.card === hand));
  drawHand();
  return hand !== last && hand !== null;
}

// give holds a card against the reader.
async function give(name, entry) {
  if (hand) pick(hand);
  await (line = line.then(() => send("present", { card: name, entry })));
}

function slotPressed(entry) {
  if (hand) give(hand, entry);
  else note(say("first"));
}

// A card is dragged with the mouse or a finger; a press without a move is a pick.
let drag = null;
let dropped = false;

function dragStart(e) {
  const button = e.target.closest("[data-card]");
  if (!button || e.button !== 0) return;
  drag = { name: button.dataset.card, button, id: e.pointerId, x: e.clientX, y: e.clientY, ghost: null };
}

function dragMove(e) {
  if (!drag || e.pointerId !== drag.id) return;
  if (!drag.ghost) {
    if (Math.hypot(e.clientX - drag.x, e.clientY - drag.y) < 6) return;
    drag.ghost = drag.button.cloneNode(true);
    drag.ghost.classList.add("ghost");
    drag.ghost.removeAttribute("data-card");
    drag.ghost.setAttribute("aria-hidden", "true");
    document.body.append(drag.ghost);
    document.body.classList.add("carry");
  }
  drag.ghost.style.left = e.clientX + "px";
  drag.ghost.style.top = e.clientY + "px";
  const over = slotAt(e);
  for (const s of document.querySelectorAll("[data-entry]")) s.classList.toggle("over", s === over);
}

// slotAt is the slot under the pointer, or one that is nearly so. A phone is held anywhere against the terminal.
function slotAt(e) {
  const near = (slot) => {
    const r = slot.getBoundingClientRect();
    return e.clientX >= r.left && e.clientX <= r.right ? Math.max(r.top - e.clientY, e.clientY - r.bottom, 0) : Infinity;
  };
  const slots = [...document.querySelectorAll("[data-entry]")].sort((a, b) => near(a) - near(b));
  if (near(slots[0]) <= 18) return slots[0];
  const phone = cards.find((c) => c.name === drag.name)?.phone;
  return phone && document.elementFromPoint(e.clientX, e.clientY)?.closest(".case") ? document.querySelector("[data-entry=tap]") : null;
}

function dragEnd(e) {
  if (!drag || e.pointerId !== drag.id) return;
  const { ghost, name } = drag;
  const slot = ghost && e.type === "pointerup" ? slotAt(e) : null;
  const near = ghost && document.elementFromPoint(e.clientX, e.clientY)?.closest("#device");
  if (ghost) {
    ghost.remove();
    document.body.classList.remove("carry");
    for (const s of document.querySelectorAll("[data-entry]")) s.classList.remove("over");
    dropped = true; // the click that comes of it is none
    setTimeout(() => { dropped = false; }, 0);
  }
  drag = null;
  if (slot) give(name, slot.dataset.entry);
  else if (near && e.type === "pointerup") note(say("onSlot"));
}

// --- events ---

const keyNames = {
  Enter: "enter", Escape: "esc", Backspace: "backspace", Delete: "backspace", ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right",
  PageUp: "pgup", PageDown: "pgdown", F1: "f1", F2: "f2",
};

function keydown(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || $("device").inert || $("activation").open) return;
  const key = keyNames[e.key] || (/^[0-9a-zA-Z]$/.test(e.key) ? e.key : "");
  const target = e.target.closest("button, a, select, #papers, #feed");
  if (!key || target?.matches("select")) return;
  if (target && e.key === "Enter" && target.matches("button, a")) return; // it presses what has the focus
  if (target?.matches("#papers, #feed") && /^(Arrow|Page)/.test(e.key)) return; // it scrolls
  e.preventDefault();
  if (e.repeat && key !== "backspace" && !/^(Arrow|Page)/.test(e.key)) return;
  if (key === "esc" && hand) {
    const card = document.querySelector(`[data-card="${CSS.escape(hand)}"]`);
    pick(hand);
    card?.focus();
    return;
  }
  const button = document.querySelector(`.keys [data-key="${key}"], .soft [data-key="${key}"]`);
  button?.classList.add("down");
  setTimeout(() => button?.classList.remove("down"), 120);
  press(key);
}

// pasteMax is how many characters a paste may type: more than a payment code or a reference number has is no such thing.
const pasteMax = 32;

// paste types what a scanner would: digits and letters, without what separates them.
function paste(e) {
  const text = (e.clipboardData?.getData("text") ?? "").replace(/[\s-]/g, "");
  if ($("device").inert || $("activation").open || text.length > pasteMax || !/^[0-9a-zA-Z]+$/.test(text)) return;
  e.preventDefault();
  for (const c of text) press(c);
}

function click(e) {
  if (dropped) return;
  // What was clicked with the mouse lets go of the keyboard, which is the terminal's; Enter would click it again.
  if (e.detail > 0) e.target.closest("button")?.blur();
  const at = (selector) => e.target.closest(selector);
  if (at("[data-key]")) press(at("[data-key]").dataset.key);
  else if (at("[data-entry]")) slotPressed(at("[data-entry]").dataset.entry);
  else if (at("[data-card]")) {
    const picked = pick(at("[data-card]").dataset.card);
    if (picked && e.detail === 0) $("hand").querySelector("button:not([hidden])").focus(); // by the keyboard
  } else if (at("[data-give]")) {
    const entry = at("[data-give]").dataset.give, card = document.querySelector(`[data-card="${CSS.escape(hand)}"]`);
    if (entry) give(hand, entry);
    else pick(hand);
    if (e.detail === 0) (entry ? $("device") : card).focus(); // a PIN comes next, and its Enter
  }
}

function begin() {
  for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
    const b = element("button", "", c);
    b.type = "button";
    b.dataset.key = c;
    $("letters").append(b);
  }
  document.addEventListener("click", click);
  document.addEventListener("keydown", keydown);
  document.addEventListener("paste", paste);
  $("cards").addEventListener("pointerdown", dragStart);
  $("cards").addEventListener("dragstart", (e) => e.preventDefault());
  addEventListener("pointermove", dragMove);
  addEventListener("pointerup", dragEnd);
  addEventListener("pointercancel", dragEnd);
  $("lang").addEventListener("click", () => {
    lang = lang === "zh" ? "en" : "zh";
    wanted = lang;
    speak();
    if (state && believed <= polls) agree();
  });
  $("which").addEventListener("change", (e) => {
    take(e.target.value);
    e.target.blur(); // the keyboard is the terminal's again
  });
  $("new").addEventListener("click", () => {
    $("activation-trouble").hidden = true;
    $("activation").showModal();
  });
  $("activation-close").addEventListener("click", () => $("activation").close());
  $("activation").querySelector("form").addEventListener("submit", activate);
  speak();
  furnish();
}

// take takes another terminal to hand.
function take(number) {
  terminal = number;
  state = null;
  papers = [];
  drawn = fetching = "";
  delete $("feed").dataset.number;
  $("feed").replaceChildren();
  $("papers").replaceChildren();
  note("");
  speak();
  watch();
}

// activate makes a terminal of new hardware and takes it to hand.
async function activate(e) {
  e.preventDefault();
  const went = $("activation-go"), wrong = $("activation-trouble");
  went.disabled = true;
  went.textContent = say("going");
  wrong.hidden = true;
  try {
    const r = await fetch("/pos/activate", { method: "POST", body: JSON.stringify({ serial: $("serial").value, code: $("code").value }) });
    const said = await r.json();
    if (!r.ok) {
      wrong.textContent = said[lang];
      wrong.hidden = false;
      return;
    }
    if (!terminals.some((t) => t.number === said.number)) terminals.push(said);
    $("activation").close();
    $("serial").value = $("code").value = "";
    document.activeElement?.blur(); // the keyboard is the terminal's again
    take(said.number);
  } catch {
    wrong.textContent = say("gone");
    wrong.hidden = false;
  } finally {
    went.disabled = false;
    went.textContent = say("go");
  }
}

// furnish fetches what lies on the desk, until the demo answers.
async function furnish() {
  for (;;) {
    try {
      [terminals, cards] = await Promise.all(["/pos/terminals", "/pos/cards"].map(async (address) => {
        const r = await fetch(address);
        if (!r.ok) throw new Error(r.status);
        return r.json();
      }));
      break;
    } catch {
      trouble(say("gone"));
      await pause(2000);
    }
  }
  terminal = terminals[0].number;
  speak();
  watch();
}

begin();
