// Results follow the search form while it is filled in; without this script its button shows them.
"use strict";
(() => {
  const form = document.querySelector("[data-search]");
  const found = document.querySelector("[data-found]");
  let waiting = 0, newest = 0;

  const show = async () => {
    const asked = ++newest;
    const filled = [...new FormData(form)].filter(([, value]) => value !== "");
    const address = `${location.pathname}?${new URLSearchParams(filled)}`;
    let page;
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.statusText);
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      form.submit(); // the browser says what is wrong
      return;
    }
    if (asked !== newest) return; // a later question is under way
    found.replaceChildren(...page.querySelector("[data-found]").childNodes);
    for (const select of form.querySelectorAll("select")) {
      if (select === document.activeElement) continue;
      const fresh = page.querySelector(`[data-search] [name=${select.name}]`);
      const chosen = select.value; // options that move one by one are chosen in turn, up to the last
      select.replaceChildren(...fresh.childNodes);
      select.value = chosen;
    }
    history.replaceState(null, "", filled.length ? address : location.pathname);
  };
  const soon = (milliseconds) => {
    clearTimeout(waiting);
    waiting = setTimeout(show, milliseconds);
  };
  form.addEventListener("input", (event) => soon(event.target.matches("select") ? 0 : 250));
  form.addEventListener("submit", (event) => { event.preventDefault(); soon(0); });
})();
