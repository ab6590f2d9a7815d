// Records from the microphone as it is: no echo cancelling, no noise suppression, no gain control.
"use strict";
window.timbre = window.timbre || {};
window.timbre.Recorder = class {
  constructor(root, onDone, onError) {
    Object.assign(this, { root, onDone, onError });
    this.button = root.querySelector("[data-record]");
    this.label = this.button.textContent;
    this.canvas = root.querySelector("canvas");
    this.time = root.querySelector("[data-time]");
    this.button.addEventListener("click", () => (this.active ? this.stop() : this.start()));
  }

  get active() { return this.recorder?.state === "recording"; }

  async start() {
    if (!navigator.mediaDevices) {
      this.onError(document.body.dataset.sayNoMicrophone);
      return;
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
    } catch {
      this.onError(document.body.dataset.sayMicrophone);
      return;
    }
    this.awake = navigator.wakeLock?.request("screen").catch(() => null); // a phone that goes dark stops recording
    const type = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg"].find((t) => MediaRecorder.isTypeSupported(t));
    this.recorder = new MediaRecorder(this.stream, { mimeType: type, audioBitsPerSecond: 160000 });
    const parts = [];
    this.recorder.ondataavailable = (event) => parts.push(event.data);
    this.recorder.onstop = () => this.finish(new Blob(parts, { type }), type);
    this.recorder.start();
    this.began = performance.now();
    this.root.classList.add("on");
    this.button.textContent = document.body.dataset.sayStop;
    this.draw();
  }

  stop() { this.recorder.stop(); }

  finish(blob, type) {
    this.awake?.then((lock) => lock?.release());
    this.stream.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.context = null;
    this.root.classList.remove("on");
    this.button.textContent = this.label;
    this.time.textContent = "";
    const suffix = type.includes("webm") ? "webm" : type.includes("mp4") ? "m4a" : "ogg";
    this.onDone(new File([blob], `${this.root.dataset.name}.${suffix}`, { type }));
  }

  draw() {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const pen = this.canvas.getContext("2d");
    const colour = getComputedStyle(this.root).getPropertyValue("--accent");
    let x = 0;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const frame = () => {
      if (!this.active) return;
      analyser.getByteTimeDomainData(samples);
      const peak = Math.max(...samples.map((s) => Math.abs(s - 128))) / 128;
      const height = Math.max(2, peak * this.canvas.height);
      pen.clearRect(x, 0, 8, this.canvas.height);
      pen.fillStyle = colour;
      pen.fillRect(x, (this.canvas.height - height) / 2, 2.5, height);
      x = (x + 4) % this.canvas.width;
      const seconds = Math.floor((performance.now() - this.began) / 1000);
      this.time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      setTimeout(() => requestAnimationFrame(frame), 60);
    };
    frame();
  }
};
