// The moderation desk by keys: move, play, give a reason, decide.
"use strict";
(() => {
  const cases = [...document.querySelectorAll("[data-case]")];
  const reasons = [...document.querySelectorAll("[data-reasons] li")].map((line) => line.textContent.trim());
  const current = () => cases.indexOf(document.activeElement.closest("[data-case]"));

  const go = (index) => {
    const next = cases[Math.max(0, Math.min(cases.length - 1, index))];
    next?.focus();
    next?.scrollIntoView({ block: "start" });
  };

  const decide = (button) => {
    const note = button?.form.elements.note;
    if (!note) return;
    const free = button.value === "approve" && !note.required;
    if (free || note.value.trim()) button.form.requestSubmit(button);
    else note.focus(); // a reason first
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.activeElement.closest("[data-case]")?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement.matches("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const shown = cases[current()];
    if (key === "j") go(current() + 1);
    else if (key === "k") go(current() - 1);
    else if (!shown) return;
    else if (key === "p") shown.querySelector("[data-play]")?.click();
    else if (key === "a") decide(shown.querySelector("button[name=decision]:not(.danger)"));
    else if (key === "r") decide(shown.querySelector("button[name=decision].danger"));
    else if (reasons[Number(key) - 1]) shown.querySelector("input[name=note]").value = reasons[Number(key) - 1];
    else return;
    event.preventDefault();
  });
})();
