// A microphone as it is (no echo cancelling, no noise suppression, no gain control), its level, and what it records.
"use strict";
window.timbre = window.timbre || {};
(() => {
  const FRAME = 0.05; // seconds of which a level is taken
  const FULL = 0.985; // of the scale: there a sample is clipped
  const dbfs = (power) => 10 * Math.log10(Math.max(power, 1e-12));
  const powerOf = (samples) => samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
  const peakOf = (samples) => samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

  window.timbre.Microphone = class {
    get open() { return this.stream?.active ?? false; }
    get recording() { return this.recorder?.state === "recording"; }

    async start(deviceId) { // throws if there is none, or it is not allowed
      if (this.open && this.deviceId === deviceId) return;
      this.stop();
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: {
          channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false,
          ...(deviceId && { deviceId: { exact: deviceId } }),
        },
      });
      this.deviceId = deviceId;
      this.context = new AudioContext();
      await this.context.resume(); // a context that a key press did not begin may sleep
      this.analyser = this.context.createAnalyser();
      this.analyser.fftSize = 4096;
      this.context.createMediaStreamSource(this.stream).connect(this.analyser);
      this.samples = new Float32Array(this.analyser.fftSize);
    }

    stop() {
      this.stream?.getTracks().forEach((track) => track.stop());
      this.context?.close();
      this.stream = this.context = null;
    }

    level() { // peak 0 to 1, and dBFS, of the last moment
      this.analyser.getFloatTimeDomainData(this.samples);
      return { peak: peakOf(this.samples), level: dbfs(powerOf(this.samples)) };
    }

    async background(seconds, onLevel) { // dBFS while nobody speaks: the quieter half, without a chair that creaks
      const found = [];
      for (let passed = 0; passed < seconds; passed += FRAME) {
        await new Promise((done) => setTimeout(done, 1000 * FRAME));
        const { level } = this.level();
        found.push(level);
        onLevel?.(level);
      }
      return at(found.sort((a, b) => a - b), 0.5);
    }

    record() {
      const types = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg"];
      const type = types.find((each) => MediaRecorder.isTypeSupported(each));
      this.recorder = new MediaRecorder(this.stream, { mimeType: type, audioBitsPerSecond: 160000 });
      const parts = [];
      this.recorder.ondataavailable = (event) => parts.push(event.data);
      this.taken = new Promise((done) => {
        this.recorder.onstop = () => done(new Blob(parts, { type }));
      });
      this.awake = navigator.wakeLock?.request("screen").catch(() => null); // a phone that goes dark stops recording
      this.taken.then(() => this.awake?.then((lock) => lock?.release()));
      this.recorder.start();
    }

    finish() { // the blob that was recorded, also of a recording that a call or a pulled plug has ended
      if (this.recording) this.recorder.stop();
      return this.taken;
    }

    static async devices() {
      const all = await navigator.mediaDevices.enumerateDevices();
      return all.filter((each) => each.kind === "audioinput" && each.deviceId);
    }
  };

  // What a take is like: seconds, level and noise (dBFS), clipped (share of samples), peaks for drawing.
  window.timbre.measure = async (blob, points) => {
    const context = new AudioContext();
    const audio = await context.decodeAudioData(await blob.arrayBuffer());
    context.close();
    const samples = audio.getChannelData(0);
    const size = Math.round(FRAME * audio.sampleRate);
    const levels = [];
    for (let start = 0; start + size <= samples.length; start += size) {
      levels.push(dbfs(powerOf(samples.subarray(start, start + size))));
    }
    const sorted = [...levels].sort((a, b) => a - b);
    const noise = at(sorted, 0.1) ?? -90;
    const speech = levels.filter((each) => each > noise + 10);
    const full = samples.reduce((count, each) => count + (Math.abs(each) > FULL), 0);
    const step = Math.max(1, Math.floor(samples.length / points));
    const peaks = Array.from({ length: points }, (_, i) => peakOf(samples.subarray(i * step, (i + 1) * step)));
    return {
      seconds: audio.duration, speechSeconds: speech.length * FRAME,
      level: speech.length ? speech.reduce((sum, each) => sum + each, 0) / speech.length : at(sorted, 0.9) ?? -90,
      noise, clipped: full / Math.max(1, samples.length), peaks,
    };
  };

  window.timbre.suffixOf = (type) => (type.includes("webm") ? "webm" : type.includes("mp4") ? "m4a" : "ogg");
})();
