// Takes that were not sent yet wait in the browser's own database: a week at most, and not beyond a sign-out.
"use strict";
window.timbre = window.timbre || {};
(() => {
  const NAME = "timbre";
  const WEEK = 7 * 24 * 60 * 60 * 1000; // milliseconds
  const PATIENCE = 2000; // milliseconds that a sign-out waits for other pages to let go

  window.timbre.openTakes = () => new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("takes", { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  const isThere = async () => { // opening it would create it
    const known = indexedDB.databases ? await indexedDB.databases() : null;
    return !known || known.some((each) => each.name === NAME);
  };

  const deleteOld = async () => {
    if (!await isThere()) return;
    const database = await window.timbre.openTakes();
    const transaction = database.transaction("takes", "readwrite");
    transaction.oncomplete = () => database.close();
    transaction.onabort = () => database.close();
    transaction.objectStore("takes").openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      if (cursor.value.at < Date.now() - WEEK) cursor.delete();
      cursor.continue();
    };
  };

  const countOf = (database) => new Promise((done, failed) => {
    const request = database.transaction("takes").objectStore("takes").count();
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  const countAll = async () => {
    if (!await isThere()) return 0;
    const database = await window.timbre.openTakes();
    return countOf(database).finally(() => database.close());
  };

  const inTime = (work) => Promise.race([work, new Promise((done) => { setTimeout(done, PATIENCE, 0); })]);

  const deleteAll = () => new Promise((done) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = done;
    request.onerror = done;
    setTimeout(done, PATIENCE);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.getAttribute("action")?.endsWith("/logout/")) return;
    event.preventDefault();
    const number = await inTime(countAll()).catch(() => 0); // a browser that keeps nothing
    if (number && !window.confirm(document.body.dataset.sayUnsent.replace("{number}", number))) return;
    deleteAll().finally(() => form.submit());
  });
  deleteOld().catch(() => {}); // a browser that keeps nothing
})();
