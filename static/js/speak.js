// Has what is typed spoken by a licence, and plays it; without this script the form answers with the audio.
"use strict";
for (const form of document.querySelectorAll("[data-speak]")) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const button = form.querySelector("button");
  const audio = form.querySelector("audio");

  const speak = async () => {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const spent = Number(answer.headers.get("Character-Cost"));
    const written = (characters) => Math.max(0, characters).toLocaleString(document.documentElement.lang);
    const number = (place) => Number(place.textContent.replace(/\D/g, ""));
    for (const place of document.querySelectorAll("[data-left]")) place.textContent = written(number(place) - spent);
    for (const place of document.querySelectorAll("[data-used]")) place.textContent = written(number(place) + spent);
    for (const bar of document.querySelectorAll("[data-used-bar]")) bar.value += spent;
    return URL.createObjectURL(await answer.blob());
  };

  const text = form.querySelector("textarea");
  const counted = part("counted");
  const count = () => { // code points of the text as it is sent
    const written = [...text.value.trim().normalize("NFC")].length;
    part("count").textContent = written;
    const over = written > Number(text.dataset.longest);
    counted.classList.toggle("error-text", over);
    text.setCustomValidity(over ? counted.textContent.trim().replace(/\s+/g, " ") : "");
  };
  counted.hidden = false;
  text.addEventListener("input", count);
  count();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    part("working").hidden = false;
    part("problem").textContent = "";
    try {
      const address = await speak();
      URL.revokeObjectURL(audio.src);
      audio.src = form.querySelector("[download]").href = address;
      part("heard").hidden = false;
      await audio.play();
    } catch (error) {
      if (error.name === "NotAllowedError") return; // it waits for the player's own button
      part("problem").textContent = error instanceof SyntaxError || error instanceof TypeError
        ? document.body.dataset.sayUnreachable : error.message;
    } finally {
      button.disabled = false;
      part("working").hidden = true;
    }
  });
}
