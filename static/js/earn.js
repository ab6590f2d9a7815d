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
    const minor = Math.round(Number(input.value) * 100);
    if (!input.value || !Number.isFinite(minor) || minor < 1) {
      said.textContent = "";
      return;
    }
    const fee = Math.floor((minor * Number(input.dataset.commissionBps) + 5000) / 10000);
    const format = new Intl.NumberFormat("en", { style: "currency", currency: input.dataset.currency });
    said.textContent = `You earn ${format.format((minor - fee) / 100)}`;
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-commission-bps]")) show(event.target);
  });
  for (const input of document.querySelectorAll("[data-commission-bps]")) show(input);
})();
