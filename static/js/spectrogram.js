// Draw what a recording sounds like: time to the right, pitch upwards, loudness as colour. Only when asked for.
"use strict";
(() => {
  const SIZE = 1024; // samples of a column's spectrum
  const TOP = 8000, FLOOR = -80; // Hz, dB below the loudest

  const spectrum = (real) => { // power by frequency: radix 2, in place
    const imaginary = new Float32Array(SIZE);
    for (let i = 1, j = 0; i < SIZE; i++) {
      let bit = SIZE >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) [real[i], real[j]] = [real[j], real[i]];
    }
    for (let length = 2; length <= SIZE; length <<= 1) {
      const angle = (-2 * Math.PI) / length;
      for (let start = 0; start < SIZE; start += length) {
        for (let k = 0; k < length / 2; k++) {
          const a = start + k, b = a + length / 2;
          const cosine = Math.cos(angle * k), sine = Math.sin(angle * k);
          const re = real[b] * cosine - imaginary[b] * sine, im = real[b] * sine + imaginary[b] * cosine;
          [real[b], imaginary[b]] = [real[a] - re, imaginary[a] - im];
          real[a] += re;
          imaginary[a] += im;
        }
      }
    }
    return real.subarray(0, SIZE / 2).map((re, i) => re * re + imaginary[i] * imaginary[i]);
  };

  const draw = async (canvas, address) => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    const context = new AudioContext();
    const audio = await context.decodeAudioData(await answer.arrayBuffer());
    context.close();
    const samples = audio.getChannelData(0);
    const { width, height } = canvas;
    const bins = Math.min(SIZE / 2, Math.round((TOP * SIZE) / audio.sampleRate));
    const columns = Array.from({ length: width }, (_, x) => {
      const start = Math.floor((x / width) * Math.max(0, samples.length - SIZE));
      const frame = new Float32Array(SIZE);
      for (let i = 0; i < SIZE; i++) {
        frame[i] = (samples[start + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIZE));
      }
      return spectrum(frame);
    });
    const loudest = columns.reduce((most, column) => column.reduce((a, b) => Math.max(a, b), most), 1e-12);
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(width, height);
    columns.forEach((column, x) => {
      for (let y = 0; y < height; y++) {
        const power = column[Math.floor(((height - 1 - y) / height) * bins)];
        const share = Math.max(0, 1 - (10 * Math.log10(power / loudest + 1e-12)) / FLOOR);
        const at = 4 * (y * width + x);
        image.data.set([255 * share ** 0.8, 190 * share ** 2, 40 + 120 * share ** 4, 255], at);
      }
    });
    pen.putImageData(image, 0, 0);
  };

  document.addEventListener("toggle", (event) => { // of a <details>, which does not bubble
    const canvas = event.target.open && event.target.querySelector?.("canvas[data-spectrogram]");
    if (!canvas || canvas.dataset.drawn) return;
    canvas.dataset.drawn = "yes";
    draw(canvas, canvas.dataset.spectrogram).catch(() => {
      canvas.dataset.drawn = "";
      event.target.querySelector("[data-error]").textContent = document.body.dataset.sayUnreachable;
    });
  }, true);
})();
