// One player for the whole page: any [data-play] button, its waveform shows what was heard.
"use strict";
(() => {
  const audio = new Audio();
  audio.preload = "none";
  let playing = ""; // an address, not a button: a page that refreshes itself replaces its buttons

  const find = () => playing ? document.querySelector(`[data-play="${CSS.escape(playing)}"]`) : null;
  const wave = () => find()?.closest(".card, .clip, .recording")?.querySelector("[data-wave]");
  const paint = (share) => {
    const whole = wave()?.querySelector("path:not(.heard)");
    if (!whole) return;
    let heard = whole.parentNode.querySelector(".heard");
    if (!heard) {
      heard = whole.cloneNode();
      heard.classList.add("heard");
      whole.after(heard);
    }
    heard.style.clipPath = `inset(0 ${100 - 100 * share}% 0 0)`;
  };
  const release = () => {
    paint(0);
    find()?.setAttribute("aria-pressed", "false");
    playing = "";
  };

  document.addEventListener("click", async (event) => {
    const pressed = event.target.closest("[data-play]");
    if (pressed) {
      if (pressed.dataset.play === playing) {
        audio.paused ? audio.play() : audio.pause();
        return;
      }
      audio.pause();
      release();
      playing = pressed.dataset.play;
      audio.src = playing;
      const asked = playing;
      try { await audio.play(); } catch (error) {
        if (asked !== playing) return; // another was pressed meanwhile
        release();
        if (error.name !== "AbortError") document.dispatchEvent(new CustomEvent("unplayable", { detail: asked }));
      }
      return;
    }
    const area = event.target.closest("[data-wave]");
    if (area && area === wave() && Number.isFinite(audio.duration)) {
      const box = area.getBoundingClientRect();
      audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
    }
  });
  const show = () => find()?.setAttribute("aria-pressed", String(!audio.paused));
  audio.addEventListener("play", show);
  audio.addEventListener("pause", show);
  audio.addEventListener("ended", release);
  audio.addEventListener("timeupdate", () => {
    show();
    if (audio.duration) paint(audio.currentTime / audio.duration);
  });

  const waiting = document.querySelector("[data-reload]");
  if (waiting) setTimeout(() => audio.paused && location.reload(), 1000 * Number(waiting.dataset.reload));
})();
