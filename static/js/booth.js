// The booth: one sentence at a time, the room first, listen before sending. Takes go into the outbox.
"use strict";
(() => {
  const booth = document.querySelector("[data-booth]");
  const form = document.querySelector("[data-drop]");
  if (!form) return;
  const ROOM = 2; // seconds of silence
  const POINTS = 160; // bars of a drawn take
  const MEASURED = 6_000_000; // bytes, five minutes: decoded to measure it, a longer take is more than a phone holds
  const IDLE = 30_000; // milliseconds after which an open microphone is closed
  const part = (name) => booth?.querySelector(`[data-booth-${name}]`);
  const words = booth?.dataset ?? {};
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const linesNow = () => [...document.querySelectorAll("[data-line]")];

  // --- what has arrived, and what waits
  const list = document.querySelector("[data-outbox-list]");
  const tell = document.querySelector("[data-outbox-state]");
  const row = document.querySelector("template[data-outbox-row]");
  let waiting = [];
  let sent = 0;
  const showOutbox = (takes, state) => {
    waiting = takes;
    const open = takes.filter((take) => !take.refused);
    const arrived = sent === 1 ? "arrived_alone" : "arrived";
    const kind = !open.length ? (sent ? arrived : "") : state || "sending";
    const kept = open.length && !outbox.lasting ? ` ${tell.dataset.sayPageOnly}` : "";
    const number = open.length || sent;
    const told = kind ? fill(tell.dataset[`say${kind.replace(/(^|_)(\w)/g, (_, __, c) => c.toUpperCase())}`], { number }) : "";
    if (tell.textContent !== told + kept) tell.textContent = told + kept;
    list.replaceChildren(...takes.map((take) => {
      const item = row.content.firstElementChild.cloneNode(true);
      item.querySelector("[data-name]").textContent = take.name;
      item.querySelector("[data-why]").textContent = take.refused;
      item.querySelector("[data-send]").hidden = !take.refused;
      item.querySelector("[data-send]").addEventListener("click", () => outbox.again(take.id));
      item.querySelector("[data-discard]").addEventListener("click", () => outbox.discard(take.id));
      return item;
    }));
    paintLines();
    leadBack();
  };
  const outbox = new window.timbre.Outbox(form, (takes, state) => showOutbox(takes, state), () => {
    sent += 1;
    document.dispatchEvent(new CustomEvent("arrived"));
  });
  window.timbre.outbox = outbox;

  // --- takes that can't be used: the server refused them, or its check did, while the next sentence was read
  const told = new Set(); // takes by their keys, those that were refused before this page among them
  let again = []; // lines to go back to
  const noteRefused = () => {
    const refused = [
      ...linesNow().map((line) => [line.dataset.refused, line.dataset.line]),
      ...waiting.filter((each) => each.refused && each.line).map((each) => [each.id, each.line]),
    ];
    for (const [key, line] of refused) {
      if (!key || told.has(key)) continue;
      told.add(key);
      if (!again.includes(line)) again.push(line);
    }
  };
  let leadBack = () => {};

  // --- the sentences
  let place = 0;
  const done = (line) => waiting.some((take) => take.line === line.dataset.line && !take.refused)
    || ["accepted", "uploaded"].includes(line.dataset.state);
  function paintLines() {
    if (!booth) return;
    const lines = linesNow();
    part("count").textContent = fill(words.sayCount, { done: lines.filter(done).length, all: lines.length });
    part("progress").value = lines.filter(done).length;
    part("progress").max = lines.length;
  }
  if (!booth) return;

  const microphone = new window.timbre.Microphone();
  const choice = part("microphones");
  const say = (text, kind = "") => { part("say").textContent = text; part("say").className = `notice ${kind}`; };
  let take = null;
  let room = null; // dBFS

  const show = (index) => {
    const lines = linesNow();
    place = (index + lines.length) % lines.length;
    const line = lines[place];
    part("prompter").textContent = line.querySelector("q").textContent;
    part("prompter").lang = line.querySelector("q").lang;
    part("place").textContent = fill(words.sayPlace, { number: place + 1, all: lines.length, use: line.dataset.use });
    part("read").hidden = !done(line);
    if (take) say(words.sayReady); // what was said of the take goes with it
    dropTake();
    paintLines();
  };
  leadBack = () => { // never from under a reading, or a take that waits to be kept
    noteRefused();
    if (busy() || take || !again.length) return;
    const line = again.shift();
    const index = linesNow().findIndex((each) => each.dataset.line === line);
    if (index < 0) return;
    show(index);
    say(fill(words.sayRefused, { number: index + 1 }), "bad");
  };
  const next = () => {
    const lines = linesNow();
    const ahead = lines.findIndex((line, index) => index > place && !done(line));
    const open = ahead < 0 ? lines.findIndex((line) => !done(line)) : ahead;
    show(open < 0 ? place + 1 : open);
    if (open < 0) say(words.sayAllRead, "good");
  };
  const move = (index) => {
    if (busy() || (take && !window.confirm(words.sayUnkept))) return;
    show(index);
  };
  const dropTake = () => {
    const focused = part("taken").contains(document.activeElement);
    if (take) URL.revokeObjectURL(part("take").src);
    take = null;
    part("taken").hidden = true;
    part("record").textContent = words.sayRecord;
    part("record").classList.remove("ghost");
    if (focused) part("record").focus(); // not lost with what is hidden
  };

  // --- the microphone
  const paintLevel = ({ peak, level }) => {
    part("level").value = level;
    part("clipping").hidden = peak < 0.985;
  };
  const watch = () => {
    if (!microphone.open) {
      part("level").value = part("level").min;
      part("clipping").hidden = true;
      return;
    }
    paintLevel(microphone.level());
    setTimeout(watch, 100); // not with the screen's frames: it is information, not decoration
  };
  const busy = () => microphone.recording || settling || part("room").disabled;
  const close = () => { if (!busy()) microphone.stop(); };
  let idle = 0;
  const closeWhenIdle = () => {
    clearTimeout(idle);
    idle = setTimeout(close, IDLE);
  };
  const open = async () => {
    if (!navigator.mediaDevices) {
      say(document.body.dataset.sayNoMicrophone, "bad");
      return false;
    }
    const fresh = !microphone.open;
    try {
      await microphone.start(choice.value);
    } catch {
      say(document.body.dataset.sayMicrophone, "bad");
      return false;
    }
    if (fresh) {
      await listDevices();
      watch();
    }
    return true;
  };
  const listDevices = async () => {
    const chosen = choice.value;
    const devices = await window.timbre.Microphone.devices();
    const options = devices.filter((each) => each.deviceId !== "default").map((each) => new Option(each.label, each.deviceId));
    choice.replaceChildren(choice.options[0], ...options);
    choice.value = options.some((each) => each.value === chosen) ? chosen : "";
  };
  const checkRoom = async () => {
    if (busy()) return false;
    const focused = document.activeElement === part("room");
    part("room").disabled = true;
    if (await open()) {
      say(words.sayHush);
      room = await microphone.background(ROOM);
    }
    part("room").disabled = false;
    if (focused && document.activeElement === document.body) part("room").focus();
    closeWhenIdle();
    if (!microphone.open) return false;
    const level = Math.round(room);
    if (room > Number(words.loudRoom)) say(fill(words.sayLoudRoom, { level }), "warn");
    else say(fill(words.sayQuietRoom, { level }), "good");
    return room <= Number(words.loudRoom);
  };
  choice.addEventListener("change", () => { room = null; microphone.stop(); checkRoom(); });

  // --- a take
  let settling = false; // between the end of a take and what is known of it
  const record = async () => {
    if (microphone.recording) return stop();
    if (busy()) return undefined;
    if (room === null && !(await checkRoom())) return undefined; // a loud room is told first
    if (!(await open())) return undefined;
    clearTimeout(idle);
    dropTake();
    part("record").focus(); // what had it may be gone with the take
    microphone.record();
    microphone.taken.then(() => { if (!settling) stop(); }); // a call or a pulled plug ended it: what was read is kept
    booth.classList.add("on");
    part("record").textContent = document.body.dataset.sayStop;
    return say(words.sayReading);
  };
  const stop = async () => {
    settling = true;
    say(words.sayMoment);
    part("record").textContent = words.sayMoment;
    const blob = await microphone.finish();
    booth.classList.remove("on");
    const measured = blob.size <= MEASURED ? window.timbre.measure(blob, POINTS) : Promise.reject();
    const found = await measured.catch(() => null);
    settling = false;
    closeWhenIdle();
    const [said, kind] = found ? verdict(found) : [words.sayUnmeasured, ""];
    take = { blob, line: linesNow()[place].dataset.line, bad: kind === "bad" };
    part("take").src = URL.createObjectURL(blob);
    part("taken").hidden = false;
    part("record").textContent = words.sayAnother;
    part("record").classList.add("ghost");
    if (found) draw(found.peaks);
    say(said, kind);
    focusNext();
  };
  const focusNext = () => part(take && !take.bad ? "keep" : "record").focus(); // Enter reads a bad take again
  const verdict = (found) => {
    const snr = Math.round(found.level - found.noise);
    const values = { seconds: found.seconds.toFixed(1), level: Math.round(found.level), snr };
    if (found.speechSeconds < 0.5) return [fill(words.saySilent, values), "bad"];
    if (found.clipped > Number(words.clipped)) return [fill(words.sayTooLoud, values), "bad"];
    if (values.level < Number(words.quiet)) return [fill(words.sayTooQuiet, values), "warn"];
    if (snr < Number(words.noisy)) return [fill(words.sayNoisy, values), "warn"];
    return [fill(words.sayGood, values), "good"];
  };
  const draw = (peaks) => {
    const canvas = part("wave");
    const pen = canvas.getContext("2d");
    const wide = canvas.width / peaks.length;
    const top = Math.max(...peaks, 0.05);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    peaks.forEach((peak, index) => {
      const height = Math.max(2, (peak / top) * canvas.height);
      pen.fillStyle = getComputedStyle(booth).getPropertyValue(peak > 0.985 ? "--bad" : "--accent");
      pen.fillRect(index * wide, (canvas.height - height) / 2, wide * 0.6, height);
    });
  };
  const keep = async () => {
    if (!take) return;
    const sure = !take.bad || window.confirm(words.sayKeepBad);
    if (!sure) {
      part("record").focus();
      return;
    }
    const { blob, line } = take;
    const name = fill(words.sayFile, { number: place + 1 });
    const file = new File([blob], `${name}.${window.timbre.suffixOf(blob.type)}`, { type: blob.type });
    const kept = fill(words.sayKept, { number: place + 1 });
    await outbox.add(file, line);
    say(kept, "good");
    URL.revokeObjectURL(part("take").src);
    take = null; // kept: nothing to ask about
    again = again.filter((each) => each !== line); // it was read again
    next();
    leadBack();
    part("record").focus();
  };

  const act = { record, keep, room: checkRoom, next: () => move(place + 1), previous: () => move(place - 1) };
  for (const [name, action] of Object.entries(act)) part(name).addEventListener("click", action);
  const KEYS = { ArrowRight: "next", ArrowLeft: "previous", " ": "record", r: "record", Enter: "keep" };
  booth.addEventListener("keydown", (event) => { // within the booth alone, and never instead of a control's own keys
    const playing = event.target.matches("audio") && !["r", "p", "Enter"].includes(event.key); // a player's own keys
    const own = playing || event.target.matches("select, input, textarea");
    const pressing = event.target.matches("button, summary") && [" ", "Enter"].includes(event.key);
    if (own || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    const waits = busy() && KEYS[event.key] !== "record";
    if (event.key === "p" && take) part("take").paused ? part("take").play() : part("take").pause();
    else if (KEYS[event.key] && !waits) act[KEYS[event.key]]();
    else return;
    event.preventDefault();
  });
  booth.addEventListener("click", (event) => { // anywhere in the box: its keys work from then on
    if (!event.target.closest("button, select, audio, label, summary, a")) focusNext();
  });
  document.addEventListener("visibilitychange", () => { // no page that nobody sees keeps the microphone
    if (document.hidden) close();
  });
  booth.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !booth.contains(event.relatedTarget)) close();
  });
  addEventListener("beforeunload", (event) => { if (take || microphone.recording || settling) event.preventDefault(); });
  document.addEventListener("steps", () => {
    paintLines();
    leadBack();
  });
  document.getElementById("lines").open = false;
  booth.hidden = false;
  noteRefused();
  again = []; // what was refused before is among the sentences that are open
  show(Math.max(0, linesNow().findIndex((line) => !done(line))));
})();
