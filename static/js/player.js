// One player for the whole page: any [data-play] button, its waveform shows what was heard.
"use strict";
(() => {
  const audio = new Audio();
  audio.preload = "none";
  let button = null;

  const wave = () => button && button.closest(".card, .clip, .recording")?.querySelector("[data-wave]");
  const paint = (share) => {
    const bars = wave()?.querySelectorAll("rect") ?? [];
    bars.forEach((bar, i) => bar.classList.toggle("heard", i < share * bars.length));
  };
  const release = () => {
    if (!button) return;
    paint(0);
    button.setAttribute("aria-pressed", "false");
    button = null;
  };

  document.addEventListener("click", async (event) => {
    const pressed = event.target.closest("[data-play]");
    if (pressed) {
      if (pressed === button) {
        audio.paused ? audio.play() : audio.pause();
        return;
      }
      audio.pause();
      release();
      button = pressed;
      audio.src = pressed.dataset.play;
      try { await audio.play(); } catch { release(); }
      return;
    }
    const area = event.target.closest("[data-wave]");
    if (area && area === wave() && audio.duration) {
      const box = area.getBoundingClientRect();
      audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
    }
  });
  audio.addEventListener("play", () => button?.setAttribute("aria-pressed", "true"));
  audio.addEventListener("pause", () => button?.setAttribute("aria-pressed", "false"));
  audio.addEventListener("ended", release);
  audio.addEventListener("timeupdate", () => audio.duration && paint(audio.currentTime / audio.duration));

  const waiting = document.querySelector("[data-reload]");
  if (waiting) setTimeout(() => audio.paused && location.reload(), 1000 * Number(waiting.dataset.reload));
})();
