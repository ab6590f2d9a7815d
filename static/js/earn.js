// What a creator earns, beside every price that they type; the fee is rounded half up, as on the server.
"use strict";
(() => {
  const show = (input) => {
    let said = input.nextElementSibling;
    if (!said?.matches("output.earn")) {
      said = document.createElement("output");
      said.className = "earn hint";
      input.after(said);
    }
    const { lang } = document.documentElement;
    const format = new Intl.NumberFormat(lang, { style: "currency", currency: input.dataset.currency });
    const unit = 10 ** format.resolvedOptions().maximumFractionDigits; // of yen 1, of dollars 100
    const minor = Math.round(Number(input.value) * unit);
    if (!input.value || !Number.isFinite(minor) || minor < 1) {
      said.textContent = "";
      return;
    }
    const fee = Math.floor((minor * Number(input.dataset.commissionBps) + 5000) / 10000);
    said.textContent = document.body.dataset.sayEarn.replace("{amount}", format.format((minor - fee) / unit));
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-commission-bps]")) show(event.target);
  });
  for (const input of document.querySelectorAll("[data-commission-bps]")) show(input);
})();
