// Recordings on their way: each stays in the browser's own database until the server has said that it arrived.
"use strict";
window.timbre = window.timbre || {};
(() => {
  const AGAIN = [3000, 10000, 30000]; // milliseconds until the next try; the last goes on
  const settled = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const hashOf = async (file) => {
    if (!window.crypto?.subtle) return ""; // an address that is not secure: then the answer's status alone counts
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  // form: whose address and token are used; onChange(takes, state): state is "", sending, offline, signed_out or failing
  window.timbre.Outbox = class {
    constructor(form, onChange, onArrived) {
      Object.assign(this, { form, onChange, onArrived, state: "", failures: 0, memory: new Map() });
      this.ready = window.timbre.openTakes().then((database) => {
        this.database = database;
        database.onversionchange = () => { // somebody signs out, here or on another page
          this.database = null;
          database.close();
        };
      }, () => { this.database = null; });
      addEventListener("online", () => this.send());
      addEventListener("offline", () => this.tell("offline"));
      addEventListener("beforeunload", (event) => {
        if (this.memory.size) event.preventDefault(); // nothing else holds these
      });
      this.send();
    }

    get lasting() { return Boolean(this.database); } // whether takes survive the page

    async act(mode, action) {
      await this.ready;
      return settled(action(this.database.transaction("takes", mode).objectStore("takes")));
    }

    async all() {
      await this.ready;
      const kept = this.database ? await this.act("readonly", (store) => store.getAll()) : [...this.memory.values()];
      return kept.filter((take) => take.action === this.form.action).sort((a, b) => a.at - b.at);
    }

    async keep(take) {
      await this.ready;
      if (this.database) {
        try {
          await this.act("readwrite", (store) => store.put(take));
          return;
        } catch { /* no room, or not allowed: the page holds it */ }
      }
      this.memory.set(take.id, take);
    }

    async forget(id) {
      await this.ready;
      this.memory.delete(id);
      if (this.database) await this.act("readwrite", (store) => store.delete(id));
    }

    async add(file, line = "") {
      const before = line ? (await this.all()).filter((take) => take.line === line) : [];
      const { action } = this.form;
      const sha256 = await hashOf(file);
      await this.keep({ id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, action, file, name: file.name,
        line, sha256, at: Date.now(), refused: "" });
      for (const take of before) await this.forget(take.id); // it was read again
      await this.tell(this.state);
      this.send();
    }

    async tell(state) {
      this.state = state;
      this.onChange(await this.all(), state);
    }

    async again(id) {
      const take = (await this.all()).find((each) => each.id === id);
      if (take) await this.keep({ ...take, refused: "" });
      this.send();
    }

    async discard(id) {
      await this.forget(id);
      await this.tell(this.state);
    }

    send() { // one at a time, and one page at a time
      clearTimeout(this.timer);
      if (this.sending) { this.more = true; return; }
      this.sending = true;
      const run = async () => {
        do {
          this.more = false;
          await this.sendAll();
        } while (this.more);
      };
      const locked = navigator.locks ? navigator.locks.request("timbre outbox", run) : run();
      locked.catch(() => this.later("failing")).finally(() => { this.sending = false; });
    }

    async sendAll() {
      for (;;) {
        const take = (await this.all()).find((each) => !each.refused);
        if (!take) return this.tell("");
        if (!navigator.onLine) return this.tell("offline");
        await this.tell("sending");
        const state = await this.post(take);
        if (state) return this.later(state);
        this.failures = 0;
      }
    }

    async post(take) { // "" if it needs no more sending, else why it does
      const body = new FormData();
      body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
      body.append("line", take.line);
      body.append("files", take.file, take.name);
      let answer;
      try {
        answer = await fetch(take.action, { method: "POST", body, headers: { Accept: "application/json" } });
        if (answer.status === 401) return "signed_out";
        if (answer.status === 422) {
          await this.keep({ ...take, refused: (await answer.json()).detail });
          return "";
        }
        if (answer.status !== 201) return "failing";
        const { arrived } = await answer.json();
        if (take.sha256 && !arrived.includes(take.sha256)) return "failing";
      } catch {
        return navigator.onLine ? "failing" : "offline";
      }
      await this.forget(take.id);
      this.onArrived(take);
      return "";
    }

    later(state) {
      const wait = AGAIN[Math.min(this.failures++, AGAIN.length - 1)];
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), wait);
      return this.tell(state);
    }
  };
})();
