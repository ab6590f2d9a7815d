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
    const earned = (minor - fee) / unit;
    const { sayEarn, sayEarnSale, sayEarnThousand } = document.body.dataset;
    const characters = Number(input.form?.elements[input.name.replace(/_price(_[A-Z]{3})?$/, "_characters")]?.value);
    const text = input.name === "overage_price" ? sayEarnThousand : characters ? sayEarnSale : sayEarn;
    said.textContent = text.replace("{amount}", format.format(earned))
      .replace("{each}", format.format((1000 * earned) / characters));
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-commission-bps]")) show(event.target);
    const price = event.target.name?.endsWith("_characters")
      && event.target.form?.elements[event.target.name.replace(/_characters$/, "_price")];
    if (price) show(price);
  });
  const showAll = () => document.querySelectorAll("[data-commission-bps]").forEach(show);
  document.addEventListener("steps", showAll); // the form came after the page
  showAll();
})();
