// Sends the guide's example with the reader's own key, and shows what is sent and what comes back.
"use strict";
for (const section of document.querySelectorAll("[data-console]")) {
  const form = section.querySelector("form");
  const part = (name) => section.querySelector(`[data-${name}]`);
  const key = form.querySelector("[type=password]");
  const audio = section.querySelector("audio");
  const example = part("request").textContent;
  const TOLD = ["content-type", "character-cost", "x-request-id", "retry-after", "timbre-rights"];

  const body = () => JSON.stringify({
    model: "timbre-1",
    ...Object.fromEntries([...form.querySelectorAll("[data-field]")]
      .filter((each) => each.value).map((each) => [each.dataset.field, each.value])),
  });
  const show = () => {
    const format = form.querySelector("[data-field=response_format]").value;
    const request = example.replace("{body}", () => body().replaceAll("'", "'\\''")).replace("{format}", format);
    part("request").textContent = request;
  };
  const send = async () => {
    const answer = await fetch(new URL(form.dataset.address).pathname, {
      method: "POST", body: body(), credentials: "omit",
      headers: { authorization: `${form.dataset.scheme} ${key.value.trim()}`, "content-type": "application/json" },
    });
    const heads = TOLD.filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
    const told = [`${answer.status} ${answer.statusText}`.trim(), ...heads];
    if (!answer.ok) return [...told, "", await answer.text()];
    URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(await answer.blob());
    audio.hidden = false;
    audio.play().catch(() => {}); // else it waits for its own button
    return told;
  };

  form.addEventListener("input", show);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    part("working").hidden = false;
    audio.hidden = true;
    try {
      part("told").textContent = (await send()).join("\n");
    } catch {
      part("told").textContent = document.body.dataset.sayUnreachable;
    } finally {
      part("answer").hidden = false;
      button.disabled = false;
      part("working").hidden = true;
    }
  });
  show();
  section.hidden = false;
}
