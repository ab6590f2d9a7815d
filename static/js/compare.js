// Voices that are ticked stay chosen while the results change, and are compared at the press of a button.
"use strict";
(() => {
  const form = document.querySelector("[data-compare]");
  const chosen = new Map(); // slug: name
  const MOST = Number(form.dataset.compare);
  const boxes = () => document.querySelectorAll("input[form=compare]");

  const show = () => {
    for (const box of boxes()) {
      box.checked = chosen.has(box.value);
      box.disabled = !box.checked && chosen.size >= MOST;
    }
    form.querySelector("[data-names]").textContent = [...chosen.values()].join(", ");
    form.querySelector("button").disabled = chosen.size < 2;
    form.hidden = chosen.size === 0;
  };
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("input[form=compare]")) return;
    if (target.checked) chosen.set(target.value, target.dataset.name);
    else chosen.delete(target.value);
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`${form.action}?${new URLSearchParams([...chosen.keys()].map((slug) => ["voice", slug]))}`);
  });
  new MutationObserver(show).observe(document.querySelector("[data-found]"), { childList: true });
  for (const box of boxes()) if (box.checked) chosen.set(box.value, box.dataset.name); // the way back keeps ticks
  show();
})();
