// Hearts: what a visitor saves is kept with their account, or in this browser until they have one.
"use strict";
(() => {
  const KEY = "shortlist";
  const account = document.body.dataset.shortlist; // where to send it, for who is signed in
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const read = () => {
    try { return JSON.parse(localStorage.getItem(KEY) ?? "[]"); } catch { return []; }
  };
  const write = (slugs) => localStorage.setItem(KEY, JSON.stringify(slugs.slice(0, 100)));
  const send = async (slugs, off) => {
    const body = new URLSearchParams(slugs.map((slug) => ["voice", slug]));
    if (off) body.set("off", "1");
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    const answer = await fetch(account, { method: "POST", body, headers });
    if (!answer.ok) throw new Error(answer.statusText);
  };
  const mark = (slug, saved) => {
    for (const heart of document.querySelectorAll(`[data-save="${CSS.escape(slug)}"]`)) {
      heart.setAttribute("aria-pressed", String(saved));
    }
  };
  const unveil = (within) => {
    for (const heart of within.querySelectorAll("[data-save]")) {
      heart.hidden = false;
      if (!account) heart.setAttribute("aria-pressed", String(read().includes(heart.dataset.save)));
    }
  };

  document.addEventListener("click", async (event) => {
    const heart = event.target.closest("[data-save]");
    if (!heart) return;
    const slug = heart.dataset.save, saved = heart.getAttribute("aria-pressed") !== "true";
    mark(slug, saved);
    if (!account) return write(saved ? [slug, ...read()] : read().filter((each) => each !== slug));
    try { await send([slug], !saved); } catch { mark(slug, !saved); }
  });

  const merge = async () => { // what was saved before signing in
    const slugs = read();
    if (!account || !slugs.length) return;
    try { await send(slugs); } catch { return; } // it stays here, and is sent with the next page
    localStorage.removeItem(KEY);
    if (document.querySelector("[data-shortlist]")) location.reload();
    else slugs.forEach((slug) => mark(slug, true));
  };
  const open = () => { // the page of a visitor without an account is asked for with what they saved
    const here = new URL(location);
    if (account || !document.querySelector("[data-shortlist]") || here.search || !read().length) return;
    read().forEach((slug) => here.searchParams.append("voice", slug));
    location.replace(here);
  };

  unveil(document);
  const found = document.querySelector("[data-found]"); // results that follow what is typed
  if (found) new MutationObserver(() => unveil(found)).observe(found, { childList: true });
  merge();
  open();
})();
