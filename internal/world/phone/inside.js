"use strict";
// Runs first in every page that the phone's browser shows: calls the browser what the wallet's is called, has it speak the
// phone's language, and hands links into a wallet to the phone around it.
(() => {
  Object.defineProperty(Navigator.prototype, "userAgent", { get: () => "the wallet's browser" });
  const language = () => parent.document.documentElement.lang;
  Object.defineProperty(Navigator.prototype, "language", { get: language });
  Object.defineProperty(Navigator.prototype, "languages", { get: () => [language()] });
  const wallets = ["qr.alipay.com", "qr.95516.com"];

  function leads(address) {
    let url;
    try {
      url = new URL(address, location.href);
    } catch {
      return false;
    }
    return ["weixin:", "wxpay:", "alipays:", "upwallet:"].includes(url.protocol) || (url.protocol === "https:" && wallets.includes(url.hostname));
  }

  const hand = (content) => parent.postMessage({ phone: "scan", content }, location.origin);

  addEventListener("click", (e) => {
    const link = e.target instanceof Element && e.target.closest("a[href]");
    const to = link && link.getAttribute("href");
    if (!link || !leads(to) && !to.startsWith("000201")) return; // which begins an EMV code
    e.preventDefault();
    hand(to);
  }, true);
  window.navigation?.addEventListener("navigate", (e) => {
    if (!leads(e.destination.url)) return;
    e.preventDefault();
    hand(e.destination.url);
  });
  const at = document.querySelector("meta[name=phone-scan]"); // the server led here
  if (at) hand(at.content);
})();
