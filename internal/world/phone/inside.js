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

  // What WeChat's own browser gives pages, to ask for a payment; what became of it the phone tells.
  let told = null;
  if (/MicroMessenger/.test(navigator.userAgent)) {
    window.WeixinJSBridge = {
      invoke(name, parameters, said) {
        if (name !== "getBrandWCPayRequest") return said({ err_msg: name + ":fail" });
        told = said;
        hand(JSON.stringify(parameters));
      },
    };
  }
  addEventListener("message", (e) => {
    if (e.origin !== location.origin || e.source !== parent || e.data?.phone !== "said" || !told) return;
    told({ err_msg: "getBrandWCPayRequest:" + (e.data.paid ? "ok" : "cancel") });
    told = null;
  });

  // To be told who visits, a page goes to the wallet and comes back: the phone goes there for it.
  const visits = (address) => new URL(address, location.href).pathname === "/connect/oauth2/authorize";

  const hand = (content) => parent.postMessage({ phone: "scan", content }, location.origin);

  addEventListener("click", (e) => {
    const link = e.target instanceof Element && e.target.closest("a[href]");
    const to = link && link.getAttribute("href");
    if (!link || !leads(to) && !to.startsWith("000201")) return; // which begins an EMV code
    e.preventDefault();
    hand(to);
  }, true);
  window.navigation?.addEventListener("navigate", (e) => {
    if (visits(e.destination.url)) {
      e.preventDefault();
      location.replace("/phone/visit?" + new URLSearchParams({ to: e.destination.url }));
      return;
    }
    if (!leads(e.destination.url)) return;
    e.preventDefault();
    hand(e.destination.url);
  });
  const at = document.querySelector("meta[name=phone-scan]"); // the server led here
  if (at) hand(at.content);
})();
