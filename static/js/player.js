// One player for the whole site: any [data-play] button starts it, its waveform shows what was heard, and what
// is public goes on at the foot of the next page.
"use strict";
(() => {
  const KEPT = "player", KEPT_FOR = 30 * 60 * 1000; // milliseconds
  const bar = document.querySelector("[data-player]");
  const part = (name) => bar.querySelector(`[data-player-${name}]`);
  const seek = part("seek");
  const audio = new Audio();
  audio.preload = "none";
  let playing = ""; // an address, not a button: a page that refreshes itself replaces its buttons
  let shown = null; // what the bar says of it: title, line, voice (its page), wave (a path)
  let startAt = 0;

  const buttons = () => [...document.querySelectorAll("[data-play]")].filter((each) => each.offsetParent);
  const find = () => playing ? document.querySelector(`[data-play="${CSS.escape(playing)}"]`) : null;
  const wave = () => find()?.closest(".card, .clip, .recording")?.querySelector("[data-wave]");
  const pathOf = (area) => area?.querySelector("path:not(.heard)");
  const paintOn = (whole, share) => {
    if (!whole) return;
    let heard = whole.parentNode.querySelector(".heard");
    if (!heard) {
      heard = whole.cloneNode();
      heard.classList.add("heard");
      whole.after(heard);
    }
    heard.style.clipPath = `inset(0 ${100 - 100 * share}% 0 0)`;
  };
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const heardOf = (heard, whole) => // in words, for whoever can't see the slider
    document.body.dataset.sayHeard.replace("{heard}", clock(heard)).replace("{whole}", clock(whole));
  const paint = () => {
    const share = audio.duration ? audio.currentTime / audio.duration : 0;
    paintOn(pathOf(wave()), share);
    paintOn(pathOf(bar), share);
    if (!Number.isFinite(audio.duration)) return;
    seek.max = audio.duration;
    seek.value = audio.currentTime;
    seek.setAttribute("aria-valuetext", heardOf(audio.currentTime, audio.duration));
    part("time").textContent = `${clock(audio.currentTime)} / ${clock(audio.duration)}`;
  };

  const tell = () => { // what plays, in the bar and on the machine's own media keys
    bar.hidden = !shown?.title;
    document.body.classList.toggle("has-player", !bar.hidden);
    if (bar.hidden) return;
    const name = part("name");
    name.textContent = shown.title;
    shown.voice ? name.setAttribute("href", shown.voice) : name.removeAttribute("href");
    part("line").textContent = shown.line;
    pathOf(bar).setAttribute("d", shown.wave);
    bar.querySelector("svg").setAttribute("viewBox", shown.box);
    part("wave").hidden = !shown.wave;
    part("next").hidden = buttons().length < 2;
    bar.className = `player-bar ${shown.hue}`;
    if (!("mediaSession" in navigator)) return;
    navigator.mediaSession.metadata = new MediaMetadata({ title: shown.title, artist: shown.line });
    navigator.mediaSession.setActionHandler("nexttrack", next);
  };
  const about = (button) => {
    const area = button.closest(".card, .clip, .recording");
    const svg = area?.querySelector("[data-wave] svg");
    const typed = (button.dataset.clip ?? button.dataset.play) !== button.dataset.play;
    const hue = button.closest("[class*=hue-]")?.className.match(/hue-\d+/)?.[0] ?? "";
    return {
      title: button.dataset.title ?? "", line: typed ? document.querySelector("[data-line]").value : button.dataset.says ?? "",
      voice: button.dataset.voice ?? "",
      wave: pathOf(svg)?.getAttribute("d") ?? "", box: svg?.getAttribute("viewBox") ?? "0 0 288 100", hue,
    };
  };
  const release = () => {
    paintOn(pathOf(wave()), 0);
    find()?.setAttribute("aria-pressed", "false");
    playing = "";
  };
  const start = async (address, told) => {
    audio.pause();
    release();
    playing = address;
    shown = told;
    audio.src = address;
    tell();
    try { await audio.play(); } catch (error) {
      if (address !== playing) return; // another was pressed meanwhile
      release();
      if (error.name === "AbortError") return;
      close();
      document.dispatchEvent(new CustomEvent("unplayable", { detail: address }));
    }
  };
  const toggle = () => audio.paused ? audio.play().catch(() => {}) : audio.pause();
  const next = () => {
    const all = buttons();
    all[(all.indexOf(find()) + 1) % all.length]?.click();
  };
  const close = () => {
    audio.pause();
    release();
    shown = null;
    bar.hidden = true;
    document.body.classList.remove("has-player");
    sessionStorage.removeItem(KEPT);
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-play]");
    if (pressed) {
      if (pressed.dataset.play === playing) toggle();
      else start(pressed.dataset.play, about(pressed));
      return;
    }
    const area = event.target.closest("[data-wave]");
    if (area && area === wave() && Number.isFinite(audio.duration)) {
      const box = area.getBoundingClientRect();
      audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
    }
  });
  part("toggle").addEventListener("click", () => playing ? toggle() : start(shown.address, shown));
  part("next").addEventListener("click", next);
  part("close").addEventListener("click", close);
  seek.addEventListener("input", () => { audio.currentTime = Number(seek.value); });
  bar.addEventListener("keydown", (event) => { // within the bar alone: a page's own keys stay its own
    if (event.key === "n") next();
    else if (event.key === "Escape") close();
  });

  const show = () => {
    const sounds = String(!audio.paused);
    find()?.setAttribute("aria-pressed", sounds);
    part("toggle").setAttribute("aria-pressed", sounds);
  };
  audio.addEventListener("loadedmetadata", () => {
    if (startAt) audio.currentTime = startAt;
    startAt = 0;
    paint();
  });
  audio.addEventListener("play", show);
  audio.addEventListener("pause", show);
  audio.addEventListener("seeked", paint);
  audio.addEventListener("ended", () => {
    if (shown) shown.address = playing; // the bar can say it again
    show();
    release();
    document.dispatchEvent(new CustomEvent("heard"));
  });
  audio.addEventListener("timeupdate", () => { show(); paint(); });

  // what has a page of its own is public, and goes on where the visitor goes
  addEventListener("pagehide", () => {
    if (!shown?.voice || !playing) return sessionStorage.removeItem(KEPT);
    const kept = { address: playing, shown, at: audio.currentTime, sounds: !audio.paused, when: Date.now() };
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) return; // this very page, as it was
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (!kept || Date.now() - kept.when > KEPT_FOR) return;
    playing = kept.address;
    shown = kept.shown;
    startAt = kept.at;
    audio.preload = "metadata";
    audio.src = playing;
    tell();
    if (kept.sounds) toggle();
  });

  const waiting = document.querySelector("[data-reload]");
  const isUsed = () => // somebody listens, writes or chooses
    !audio.paused || document.activeElement?.closest("form, details");
  if (waiting) setInterval(() => isUsed() || location.reload(), 1000 * Number(waiting.dataset.reload));
})();
