// A visitor's own line: kept in this tab while they browse, and said by each voice whose button they press, or by
// one voice after another.
"use strict";
(() => {
  const field = document.querySelector("[data-line]");
  if (!field) return;
  const KEPT = 9 * 60 * 1000; // milliseconds; the site keeps the audio a little longer
  const form = field.form;
  const problem = form.querySelector("[data-problem]");
  const spoken = new Map(); // by voice and line: the address of its audio, and until when it is used
  let waiting = false;
  let others = []; // the buttons of voices that say it after the one that speaks now

  const line = () => field.value.trim();
  const keep = () => sessionStorage.setItem("line", field.value);
  const audioOf = (button) => {
    const found = spoken.get(`${button.dataset.say} ${line()}`);
    return found && found.until > Date.now() ? found.audio : "";
  };
  const ask = async (button) => {
    const answer = await fetch(button.dataset.say, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    spoken.set(`${button.dataset.say} ${line()}`, { audio: told.audio, until: Date.now() + KEPT });
  };

  document.addEventListener("click", async (event) => { // before the player's own
    const button = event.target.closest("[data-say]");
    if (!button) return;
    if (event.isTrusted) others = []; // whoever presses one voice wants that one
    button.dataset.clip ??= button.dataset.play ?? "";
    if (!line()) {
      if (button.dataset.clip) button.dataset.play = button.dataset.clip;
      else field.focus();
      return;
    }
    if (audioOf(button) && button.dataset.play === audioOf(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waiting) return;
    waiting = true;
    problem.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      if (!audioOf(button)) await ask(button);
      if (!audioOf(button)) return; // another line was written meanwhile
      button.dataset.play = audioOf(button);
      button.click();
    } catch (error) {
      others = [];
      problem.textContent = error instanceof SyntaxError || error instanceof TypeError
        ? document.body.dataset.sayUnreachable : error.message;
    } finally {
      waiting = false;
      button.removeAttribute("aria-busy");
    }
  }, true);

  document.addEventListener("unplayable", async (event) => { // a line may be refused once it is heard
    const found = [...spoken].find(([, each]) => each.audio === event.detail);
    if (!found) return;
    spoken.delete(found[0]);
    const answer = await fetch(event.detail);
    if (!answer.ok) problem.textContent = (await answer.json()).detail;
  });
  const all = form.querySelector("[data-say-all]");
  all?.addEventListener("click", () => {
    others = line() ? [...document.querySelectorAll("[data-say]")] : [];
    if (line()) others.shift()?.click();
    else field.focus();
  });
  document.addEventListener("heard", () => others.shift()?.click());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    all?.click();
  });
  field.addEventListener("input", keep);
  if (field.value) keep();
  else field.value = sessionStorage.getItem("line") ?? "";
})();
