// A sample that is recorded in the page takes the place of a chosen file.
"use strict";
(() => {
  for (const root of document.querySelectorAll("[data-recorder]")) {
    const form = root.closest("form");
    const say = (text) => { form.querySelector("[data-error]").textContent = text; };
    new window.timbre.Recorder(root, (file) => {
      const held = new DataTransfer();
      held.items.add(file);
      form.querySelector("input[type=file]").files = held.files;
      say("");
    }, say);
  }
})();
