// The studio page: uploads, recordings, and refreshing the steps while something is worked on.
"use strict";
(() => {
  const panel = document.getElementById("panel");
  document.documentElement.classList.add("scripted");
  let recorders = [];

  const send = async (form, field, files) => {
    const error = form.querySelector("[data-error]");
    error.textContent = "";
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    files.forEach((file) => body.append(field, file));
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.status === 422 || answer.status === 401) error.textContent = (await answer.json()).detail;
      else if (!answer.ok) error.textContent = document.body.dataset.sayLost;
      else await refresh();
    } catch {
      error.textContent = document.body.dataset.sayKept;
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  const attach = () => {
    recorders = [...panel.querySelectorAll("[data-recorder]")].map((root) => {
      const form = root.closest("form");
      const say = (text) => { form.querySelector("[data-error]").textContent = text; };
      return new window.timbre.Recorder(root, (file) => send(form, root.dataset.recorder, [file]), say);
    });
    const drop = panel.querySelector("[data-drop]");
    if (!drop) return;
    const input = drop.querySelector("input[type=file]");
    input.addEventListener("change", () => input.files.length && send(drop, "files", [...input.files]));
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      send(drop, "files", [...event.dataTransfer.files]);
    });
  };

  const typing = () =>
    panel.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  const busy = () => recorders.some((recorder) => recorder.active) || typing();
  const refresh = async () => {
    const answer = await fetch(panel.dataset.panel);
    if (answer.redirected) return location.reload(); // signed out meanwhile: the page leads to signing in
    if (answer.ok && !recorders.some((recorder) => recorder.active)) {
      const focused = panel.contains(document.activeElement) && document.activeElement.dataset.play;
      panel.innerHTML = await answer.text();
      if (focused) panel.querySelector(`[data-play="${CSS.escape(focused)}"]`)?.focus();
      attach();
    }
  };

  attach();
  setInterval(() => { if (panel.querySelector("[data-pending]") && !busy()) refresh(); }, 2000);
})();
