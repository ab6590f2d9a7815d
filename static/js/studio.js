// Pages of steps: what is recorded is sent, and the steps follow what is being worked on, without a new page.
"use strict";
(() => {
  const panel = document.getElementById("panel");
  const said = document.body.dataset;
  const ASK_AGAIN = 2000, CONNECT_AGAIN = 5000; // milliseconds
  document.documentElement.classList.add("scripted");
  const attached = new WeakMap();
  let source = null;
  let timer = 0;

  const errorOf = (form) => form.querySelector("[data-error]");
  const send = async (form, field, files) => { // whether they have arrived
    const error = errorOf(form);
    const again = form.querySelector("[data-again]");
    error.textContent = "";
    if (again) again.hidden = true;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    files.forEach((file) => body.append(field, file));
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.status === 422) error.textContent = (await answer.json()).detail;
      else if (answer.ok) {
        refresh().catch(follow);
        return true;
      } else keep(form, field, files, [401, 429].includes(answer.status) ? (await answer.json()).detail : said.sayLost);
    } catch {
      keep(form, field, files, said.sayKept);
    } finally {
      form.removeAttribute("aria-busy");
    }
    return false;
  };
  const keep = (form, field, files, text) => { // the page still has what did not arrive
    errorOf(form).textContent = text;
    const again = form.querySelector("[data-again]");
    if (!again) return;
    again.hidden = false;
    again.onclick = () => send(form, field, files);
  };

  // A reading is heard before it is sent; until it has arrived, or was read again, the page has it.
  let unsent = null;
  const hear = (form, root, file) => {
    const taken = root.querySelector("[data-taken]");
    const audio = taken.querySelector("audio");
    const button = taken.querySelector("[data-send]");
    URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(file);
    unsent = file;
    taken.hidden = false;
    errorOf(form).textContent = "";
    button.onclick = async () => {
      audio.pause();
      button.disabled = true;
      if (await send(form, root.dataset.recorder, [file])) unsent = null;
      button.disabled = false;
    };
    button.focus();
  };
  document.addEventListener("submit", () => { unsent = null; }); // other words, or none: they chose to
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });

  const attach = () => {
    for (const root of panel.querySelectorAll("[data-recorder]")) {
      if (attached.has(root)) continue;
      const form = root.closest("form");
      const say = (text) => { errorOf(form).textContent = text; };
      const done = (file) => {
        if (form.matches("[data-drop]")) window.timbre.outbox.add(file);
        else if (root.querySelector("[data-taken]")) hear(form, root, file);
        else send(form, root.dataset.recorder, [file]);
      };
      attached.set(root, new window.timbre.Recorder(root, done, say));
      root.querySelector("[data-record]").addEventListener("click", () => root.querySelector("audio")?.pause());
    }
    const drop = panel.querySelector("[data-drop]");
    if (!drop || attached.has(drop)) return;
    attached.set(drop, drop);
    const take = async (files) => { for (const file of files) await window.timbre.outbox.add(file); };
    const input = drop.querySelector("input[type=file]");
    input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      take([...event.dataTransfer.files]);
    });
  };

  const changed = () => {
    attach();
    document.dispatchEvent(new CustomEvent("steps"));
  };
  const refresh = async () => {
    const answer = await fetch(panel.dataset.panel);
    if (answer.redirected) return location.reload(); // signed out meanwhile: the page leads to signing in
    if (!answer.ok) throw new Error(String(answer.status));
    window.timbre.morph(panel, await answer.text());
    changed();
    return follow();
  };

  // Steps arrive as they change, by one connection that ends with the work; where there is none, the page asks.
  const stepOf = (name) => panel.querySelector(`[data-step="${name}"]`);
  const listen = () => {
    if (source) return;
    const steps = panel.querySelector("[data-has]");
    const has = new Map(steps.dataset.has.split(",").map((each) => each.split(".")));
    source = new EventSource(`${panel.dataset.events}?has=${steps.dataset.has}`);
    const close = () => { source.close(); source = null; };
    source.addEventListener("step", (event) => {
      const { step, digest, html } = JSON.parse(event.data);
      window.timbre.morph(stepOf(step), html);
      steps.dataset.has = [...has.set(step, digest)].map((each) => each.join(".")).join(",");
      changed();
    });
    source.addEventListener("progress", (event) => {
      for (const [name, value] of Object.entries(JSON.parse(event.data))) {
        for (const place of panel.querySelectorAll(`[data-live="${name}"]`)) {
          if (place.matches("progress")) place.value = value;
          else place.textContent = value;
        }
      }
    });
    source.addEventListener("done", () => {
      close();
      panel.querySelector("[data-pending]")?.removeAttribute("data-pending");
    });
    source.addEventListener("again", () => { close(); listen(); });
    source.onerror = () => {
      close();
      clearTimeout(timer);
      timer = setTimeout(() => refresh().catch(() => { timer = setTimeout(follow, CONNECT_AGAIN); }), CONNECT_AGAIN);
    };
  };
  const follow = () => {
    if (!panel.querySelector("[data-pending]")) return;
    if (panel.dataset.events) { listen(); return; }
    clearTimeout(timer);
    timer = setTimeout(() => refresh().catch(follow), ASK_AGAIN);
  };

  attach();
  follow();
  document.addEventListener("arrived", () => { // what was sent is being judged: the steps show it
    if (source) return;
    refresh().catch(follow);
  });
  addEventListener("pagehide", () => source?.close());
})();
