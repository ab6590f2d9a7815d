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

  const deleteOld = async () => {
    const known = indexedDB.databases ? await indexedDB.databases() : null;
    if (known && !known.some((each) => each.name === NAME)) return; // opening it would create it
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

  const deleteAll = () => new Promise((done) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = done;
    request.onerror = done;
    setTimeout(done, PATIENCE);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.getAttribute("action")?.endsWith("/logout/")) return;
    event.preventDefault();
    deleteAll().finally(() => form.submit());
  });
  deleteOld().catch(() => {}); // a browser that keeps nothing
})();
