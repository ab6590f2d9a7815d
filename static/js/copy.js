// Copies what a [data-copy] button points at; where the browser forbids that, selects it.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = document.body.dataset.sayCopied;
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = document.body.dataset.sayPress;
  }
});
