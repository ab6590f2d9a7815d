// Bring a part of the page to what the server has made of it, and leave alone what a person is doing there.
"use strict";
window.timbre = window.timbre || {};
(() => {
  // what the page itself changes: an opened text, a button that plays, a bar that was moved
  const OWN = { DETAILS: ["open"], BUTTON: ["aria-pressed", "aria-busy"], FORM: ["aria-busy"] };
  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE
    ? node.id || node.dataset?.key || node.dataset?.play || "" : "");
  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName
    && keyOf(one) === keyOf(other);

  const attributes = (from, to) => {
    const own = OWN[from.nodeName] ?? [];
    for (const { name, value } of to.attributes) {
      if (!own.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
    for (const { name } of [...from.attributes]) {
      if (!own.includes(name) && !to.hasAttribute(name)) from.removeAttribute(name);
    }
  };

  const nodes = (from, to) => {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    // a typed value is a property and stays; an attribute is only what the field had at first
    if (from.matches("[data-keep], [data-error], [data-again]") || from.isEqualNode(to)) return;
    attributes(from, to);
    children(from, to);
  };

  const children = (from, to) => {
    const stays = new Set([...to.childNodes].map(keyOf).filter(Boolean));
    let here = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      let match = here;
      while (match && !alike(match, wanted)) match = stays.has(keyOf(match)) ? null : match.nextSibling;
      if (!match) {
        from.insertBefore(wanted.cloneNode(true), here);
        continue;
      }
      while (here !== match) { // what is gone
        const gone = here;
        here = here.nextSibling;
        gone.remove();
      }
      here = match.nextSibling;
      nodes(match, wanted);
    }
    while (here) {
      const gone = here;
      here = here.nextSibling;
      gone.remove();
    }
  };

  window.timbre.morph = (element, html) => {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    const to = template.content;
    if (element.matches("[data-panel]")) children(element, to);
    else nodes(element, to.firstElementChild);
  };
})();
